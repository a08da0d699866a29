//! Arguments in, exit code out: 0 fine, 1 the spec or the tree is at fault, 2 usage or IO.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenantc::cli::main()
}
