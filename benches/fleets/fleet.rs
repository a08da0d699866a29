//! Fleets: workspaces of any number of tenants, and long files for the parser.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Environments of every fleet; each has all tenants.
pub const ENVIRONMENTS: [&str; 3] = ["staging", "production", "performance"];
/// Regions; tenants alternate.
pub const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];
/// Tenants of a cell: in shared tables, and with schemas of their own.
pub const CAPACITY: (usize, usize) = (500, 100);

const PLATFORM: &str = r#"## A fleet.
platform fleet {
  cloud        = aws
  regions      = [eu-west-1, us-east-1]
  environments = [staging, production, performance]
  compliance   = [iso_27001, soc_2]
  secrets      = vault("kv/fleet")
  owner        = "platform@fleet.example"

  cell { capacity = 500  schemas = 100 }
  network { cidr = "10.0.0.0/8" }
}

environment staging     { tenants = all }
environment production  { tenants = all }
environment performance { tenants = all }

tier dedicated: enterprise { isolation = cluster }

tenants from "free.csv": free { name = row.name  home = row.region }
tenants from "premium.csv": premium { name = row.name  home = row.region }
tenants from "dedicated.csv": dedicated { name = row.name  home = row.region }

database main: postgresql {
  version = "16"
  schema  = app
  memory  = 32GiB
  cpu     = 8
  storage = 10TiB
  backup   { every = 1h  keep = 35d  point_in_time = true }
  pool     { mode = transaction  size = 40 }
  settings { log_min_duration_statement = 250ms }
}

schema app {
  shared table countries { id: int primary  name: text unique }

  table users {
    id: uuid primary
    email: text unique personal
    country: text
    subject = id
  }

  table orders {
    id: uuid primary
    buyer: uuid references users { on_delete = cascade }
    title: text personal
    created_at: timestamptz = now
    index by_buyer { keys = [buyer, created_at] }
  }

  table payments {
    id: uuid primary
    order: uuid references orders
    account: text cardholder
    amount_cents: bigint financial
  }
}

role app     { grant read, write on all }
role support { grant read on users { mask = [email] } }
"#;

/// A tier's file, and the numbers of its first tenant and the one after its last: 90 %, 8 %, 2 %.
fn tiers(count: usize) -> [(&'static str, usize, usize); 3] {
    let (free, premium) = (count * 90 / 100, count * 98 / 100);
    [("free", 0, free), ("premium", free, premium), ("dedicated", premium, count)]
}

/// A tenant.
pub struct Tenant {
    /// `t000017`
    pub id: String,
    /// What it is called, with what has to be escaped somewhere.
    pub name: String,
    /// Its tier.
    pub tier: &'static str,
    /// Where it lives.
    pub region: &'static str,
}

/// Tenants of a fleet, by id.
pub fn tenants(count: usize) -> Vec<Tenant> {
    let one = |tier, number: usize| {
        let name = match number % 4 {
            0 => format!("O'Brien & Søn \"Nr. {number}\", Zürich"),
            1 => format!("Größe {number}: no"),
            2 => format!("Łódź #{number} \\ 'Live'"),
            _ => format!("Tenant {number}"),
        };
        let region = if number.is_multiple_of(2) { "eu-west-1" } else { "us-east-1" };
        Tenant { id: format!("t{number:06}"), name, tier, region }
    };
    tiers(count).into_iter().flat_map(|(tier, from, to)| (from..to).map(move |number| one(tier, number))).collect()
}

/// Writes a fleet's workspace.
pub fn write(folder: &Path, count: usize) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("platform.tenant"), PLATFORM)?;
    for (tier, _, _) in tiers(count) {
        let mut text = String::from("id,name,region\n");
        for tenant in tenants(count).iter().filter(|tenant| tenant.tier == tier) {
            let _ = writeln!(text, "{},\"{}\",{}", tenant.id, tenant.name.replace('"', "\"\""), tenant.region);
        }
        fs::write(folder.join(format!("{tier}.csv")), text)?;
    }
    Ok(())
}

/// Adds a tenant in shared tables.
pub fn add(folder: &Path, number: usize) -> io::Result<()> {
    let path = folder.join("free.csv");
    let text = fs::read_to_string(&path)? + &format!("added{number},Added,eu-west-1\n");
    fs::write(path, text)
}

/// Blocks of tenants, laid out as `fmt` does, of about this many bytes.
pub fn blocks(bytes: usize) -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < bytes {
        let _ = write!(
            text,
            "tenant t{number}: enterprise {{\n  name       = \"Größe {number}\"\n  home       = eu-west-1\n  compliance = [gdpr, pci_dss]\n  growth     = 8%/30d\n  \
             database main {{\n    memory = 64GiB\n    in production {{ replicas = 3 }}\n  }}\n  quota {{ cpu = 4  memory = 16GiB  storage = {number}GiB }}\n}}\n\n",
        );
        number += 1;
    }
    text.pop();
    text
}
