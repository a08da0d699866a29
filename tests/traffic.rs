//! Windows of load: hours that are there on every day, and how they read as cron.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails loudly"
)]

use tenantc::compile;
use tenantc::emit::Selection;
use tenantc::source::Memory;

fn built(traffic: &str) -> (Vec<String>, String) {
    let spec = format!(
        "platform p {{ cloud = self_hosted  regions = [eu-west-1]  environments = [production] }}\n\
         database main: postgresql {{ schema = app  memory = 8GiB }}\n\
         schema app {{ table t {{ id: uuid primary }} }}\n\
         traffic rush {{ {traffic} }}\n\
         tenant acme: free {{ home = eu-west-1  traffic = [rush]  scaling {{ least = 2  most = 5 }} }}\n"
    );
    let (compilation, files) = compile(&Memory::of([("a.tenant", spec.as_str())]), &Selection::default());
    let told = compilation.diagnostics.iter().map(|one| format!("{} {}", one.code.id(), one.message)).collect();
    let values = files.iter().find(|file| file.path.ends_with("tenants.values.yaml"));
    (told, values.map(|file| file.text.clone()).unwrap_or_default())
}

#[test]
fn windows_read_as_cron() {
    for (traffic, lines) in [
        ("from = 07:30  to = 10:00", ["start: \"30 7 * * *\"", "end: \"0 10 * * *\"", "replicas: 4"]),
        (
            "days = [saturday, sunday]  from = 00:00  to = 24:00  scale = 1.4",
            ["start: \"0 0 * * 0,6\"", "end: \"0 0 * * 0,1\"", "replicas: 3"],
        ),
        (
            "days = [friday]  from = 22:00  to = 02:30  scale = 100",
            ["start: \"0 22 * * 5\"", "end: \"30 2 * * 6\"", "replicas: 5"],
        ),
        ("from = 00:00  to = 24:00", ["start: \"0 0 * * *\"", "end: \"59 23 * * *\"", "replicas: 4"]),
    ] {
        let (told, values) = built(traffic);
        assert!(told.is_empty(), "{traffic}: {told:?}");
        for line in lines {
            assert!(values.contains(line), "{traffic}: {line}\n{values}");
        }
    }
}

#[test]
fn hours_that_are_not_there_are_told() {
    for (traffic, words) in [
        (
            "from = 01:00  to = 03:00  zone = \"Europe/Dublin\"  days = [sunday]",
            "01:00 does not exist in Europe/Dublin on 2026-03-29",
        ),
        (
            "from = 02:30  to = 05:00  zone = \"America/New_York\"",
            "02:30 does not exist in America/New_York on 2026-03-08",
        ),
        // It begins on Saturday and ends on the Sunday of the change.
        (
            "from = 22:00  to = 02:15  zone = \"Europe/Berlin\"  days = [saturday]",
            "02:15 does not exist in Europe/Berlin on 2026-03-29",
        ),
        // Half an hour is skipped here.
        (
            "from = 02:15  to = 05:00  zone = \"Australia/Lord_Howe\"  days = [sunday]",
            "02:15 does not exist in Australia/Lord_Howe on 2026-10-04",
        ),
        ("from = 02:30  to = 05:00  zone = \"Europe/Brelin\"", "there is no time zone `Europe/Brelin`"),
        ("from = 05:00  to = 05:00", "begins and ends at 05:00"),
    ] {
        let (told, _) = built(traffic);
        assert!(told.len() == 1 && told[0].starts_with("T0505") && told[0].contains(words), "{traffic}: {told:?}");
    }
    for fine in [
        // Clocks change on a Sunday.
        "from = 02:30  to = 05:00  zone = \"Europe/Berlin\"  days = [monday]",
        // Autumn has the hour twice, which skips nothing.
        "from = 03:00  to = 05:00  zone = \"Europe/Berlin\"",
        // A zone without changes.
        "from = 02:30  to = 05:00  zone = \"Asia/Tokyo\"",
    ] {
        assert!(built(fine).0.is_empty(), "{fine}: {:?}", built(fine).0);
    }
}

/// What is told of an environment's window of changes, and the lines of the workflow that hold it.
fn changes(window: &str) -> (Vec<String>, String) {
    let spec = format!(
        "platform p {{ regions = [eu-west-1]  environments = [production] }}\n\
         environment production {{ change_window {{ {window} }} }}\n\
         database main: postgresql {{ schema = app  memory = 8GiB }}\n\
         schema app {{ table t {{ id: uuid primary }} }}\n\
         tenant acme: free {{ home = eu-west-1 }}\n"
    );
    let (compilation, files) = compile(&Memory::of([("a.tenant", spec.as_str())]), &Selection::default());
    let told = compilation.diagnostics.iter().map(|one| format!("{} {}", one.code.id(), one.message)).collect();
    let workflow = files.iter().find(|file| file.path.ends_with("github/terraform.yml"));
    (told, workflow.map(|file| file.text.clone()).unwrap_or_default())
}

#[test]
fn changes_have_hours() {
    for (window, lines) in [
        (
            "day = saturday  from = 02:00  to = 06:00  zone = \"Europe/Dublin\"",
            ["DAY: \"6\"", "NEXT: \"0\"", "TO: \"360\""],
        ),
        ("day = sunday  from = 22:00  to = 02:00", ["DAY: \"7\"", "NEXT: \"1\"", "FROM: \"1320\""]),
        ("day = monday", ["DAY: \"1\"", "NEXT: \"0\"", "TO: \"1440\""]),
    ] {
        let (told, workflow) = changes(window);
        assert!(told.is_empty(), "{window}: {told:?}");
        for line in lines {
            assert!(workflow.contains(line), "{window}: {line}\n{workflow}");
        }
    }
    assert!(!changes("").1.contains("window"), "no day is any time");
    for (window, words) in [
        ("day = sunday  from = 01:30  zone = \"Europe/Dublin\"", "01:30 does not exist in Europe/Dublin"),
        ("day = sunday  zone = \"Europe/Dubln\"", "no time zone `Europe/Dubln`"),
    ] {
        let (told, _) = changes(window);
        assert!(told.len() == 1 && told[0].starts_with("T0505") && told[0].contains(words), "{window}: {told:?}");
    }
}
