//! `tenantc init`: a workspace that builds, with nothing in it to delete.

use std::path::PathBuf;

use super::{End, complain, print};

/// What `init` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenantc init
  tenantc init shop --name shop")]
pub struct Arguments {
    /// The folder; this one when left out
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The platform's name; the folder's when left out
    #[arg(long)]
    name: Option<String>,
}

const SPEC: &str = "## What holds for everything. `tenantc explain` says where each value of the output comes from.
platform NAME {
  cloud        = aws
  regions      = [eu-west-1]
  environments = [staging, production]
}

database main: postgresql {
  schema = app
  memory = 8GiB
}

schema app {
  table users {
    id: uuid primary
    email: text unique personal
    created_at: timestamptz = now
  }
}

role app { grant read, write on all }

tenant first: standard {
  name = \"First Customer\"
  home = eu-west-1
}
";

/// Runs the command.
pub fn run(arguments: &Arguments) -> End {
    let folder = &arguments.folder;
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    let own = absolute.components().next_back().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let wanted = arguments.name.clone().or(own).unwrap_or_default();
    let name: String = wanted.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("platform_{name}") };
    let file = folder.join("platform.tenant");
    let ignore = folder.join(".gitignore");
    if file.exists() {
        complain(&format!("tenantc: {} is there already\n", file.display()));
        return End::Trouble;
    }
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, SPEC.replace("NAME", &name)))
        .and_then(|()| if ignore.exists() { Ok(()) } else { std::fs::write(&ignore, ".tenantc/\n") });
    match written {
        Ok(()) => {
            print(&format!("wrote {}\nnext: tenantc build {}\n", file.display(), folder.display()));
            End::Fine
        }
        Err(why) => {
            complain(&format!("tenantc: can't write {}: {why}\n", file.display()));
            End::Trouble
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SPEC;

    #[test]
    fn a_new_workspace_is_short() {
        assert!(SPEC.lines().count() < 30, "{} lines", SPEC.lines().count());
    }
}
