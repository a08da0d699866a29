//! `tenantc completions`: for a shell.

use super::{End, command};

/// What `completions` takes.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tenantc completions bash > /etc/bash_completion.d/tenantc
  tenantc completions zsh > ~/.zfunc/_tenantc")]
pub struct Arguments {
    /// Which shell
    shell: clap_complete::Shell,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> End {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "tenantc", &mut text);
    super::print(&String::from_utf8_lossy(&text));
    End::Fine
}
