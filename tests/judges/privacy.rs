//! Access, rectification, erasure, export, retention and consent, within one tenant.
//!
//! in: the rows of [`audit`](crate::audit), on a real server of every version. out: documents, certificates, files.
//! promises: all that is held about a person is in the document, and nobody else's; after an erasure nothing personal is
//! left but what must be kept, the other tenant's person of the same key is untouched, and the chain still verifies; the
//! files of an export are what the manifest says, by `sha256sum`.

use std::process::Command;

use serde_json::Value;

use crate::audit::{as_tenant, filled};
use crate::support::{Said, judge};

const ANN: &str = "00000000-0000-4000-8000-000000000001";
const CYD: &str = "00000000-0000-4000-8000-000000000003";

fn document(server: &crate::server::Server, tenant: &str, person: &str) -> Value {
    serde_json::from_str(&as_tenant(server, tenant, &format!("SELECT tenantc_access('{person}')"))).unwrap()
}

fn held(document: &Value, table: &str) -> usize {
    document["tables"][table].as_array().unwrap_or_else(|| panic!("{table} is not in {document}")).len()
}

fn keeps(version: u32) {
    let Some((server, tree)) = filled(version) else { return };
    as_tenant(&server, "rowan", &format!("INSERT INTO consents (person, purpose) VALUES ('{ANN}', 'newsletter')"));
    // Access: what refers to the person is in it, what does not is not.
    let ann = document(&server, "rowan", ANN);
    assert_eq!(
        (held(&ann, "users"), held(&ann, "letters"), held(&ann, "consents"), held(&ann, "payouts")),
        (1, 1, 1, 0)
    );
    assert_eq!(ann["tables"]["users"][0]["email"], "ann@example.com");
    let nobody = server.run_text(
        "main",
        &format!("SET SESSION AUTHORIZATION main_app; SET search_path = shop; SELECT tenantc_access('{ANN}')"),
    );
    assert!(!nobody.ok && nobody.err.contains("no tenant"), "a session without a tenant is answered: {nobody:?}");
    let refused = server.run_text(
        "main",
        "INSERT INTO shop.consents (tenant_id, person, purpose) VALUES (gen_random_uuid(), 'x', 'anything')",
    );
    assert!(!refused.ok && refused.err.contains("consents_check_1"), "a purpose that nobody declared: {refused:?}");

    // Rectification: personal columns of the person's rows, and no others.
    let changed = as_tenant(
        &server,
        "rowan",
        &format!("SELECT tenantc_rectify('{ANN}', 'users', '{{\"email\": \"anna@example.com\"}}')"),
    );
    assert_eq!(changed, "1\n");
    assert_eq!(document(&server, "rowan", ANN)["tables"]["users"][0]["email"], "anna@example.com");
    for (table, changes) in [("users", "{\"country\": \"x\"}"), ("payouts", "{\"amount\": 1}"), ("genres", "{}")] {
        let said = server.run_text("main", &format!("SET search_path = shop; SELECT set_config('app.tenant_id', (SELECT tenant::text FROM tenantc.tenant WHERE id = 'rowan'), FALSE); SELECT tenantc_rectify('{ANN}', '{table}', '{changes}')"));
        assert!(!said.ok, "{table} {changes}: {said:?}");
    }

    // Export: the manifest's hashes are those of the files.
    let folder = tempfile::TempDir::new().unwrap();
    let tenant = server.rows("main", "SELECT tenant FROM tenantc.tenant WHERE id = 'rowan'");
    let mut export = Command::new(judge("bin/psql").unwrap());
    export
        .current_dir(folder.path())
        .env("PGOPTIONS", "-c session_authorization=main_app")
        .args(["-X", "-h"])
        .arg(server.place.path());
    export.args(["-U", "postgres", "-d", "main", "-v", "schema=shop", "-v"]).arg(format!("tenant={}", tenant.trim()));
    let said = Said::of(export.arg("-f").arg(tree.path("sql/production/eu-west-1-row-1/main/export.sql")));
    assert!(said.ok && said.err.is_empty(), "{said:?}");
    let manifest: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("manifest.json")).unwrap()).unwrap();
    let tables = manifest["tables"].as_object().unwrap();
    assert_eq!(tables.len(), 5);
    for (table, of) in tables {
        let file = folder.path().join(format!("{table}.ndjson"));
        let lines = std::fs::read_to_string(&file).unwrap();
        for line in lines.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            assert_eq!(row["tenant_id"].as_str(), Some(tenant.trim()), "{table}: {line}");
        }
        assert_eq!(of["rows"].as_u64(), Some(lines.lines().count() as u64), "{table}");
        let sum = Said::of(Command::new("sha256sum").arg(&file)).fine();
        assert_eq!(of["sha256"].as_str(), sum.split_whitespace().next(), "{table}");
        let csv = std::fs::read_to_string(folder.path().join(format!("{table}.csv"))).unwrap();
        let rows = csv::Reader::from_reader(csv.as_bytes()).records().collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(rows.len(), lines.lines().count(), "{table}");
    }

    // Erasure: the person's rows go, a financial record stays without what is personal; nobody else's are touched.
    let certificate: Value =
        serde_json::from_str(&as_tenant(&server, "rowan", &format!("SELECT tenantc_erase('{ANN}')"))).unwrap();
    assert_eq!(certificate["tables"]["users"]["deleted"], 1, "{certificate}");
    assert_eq!(certificate["tables"]["letters"]["deleted"], 1, "{certificate}");
    assert!(!certificate.to_string().contains(ANN) && !certificate.to_string().contains("anna"), "{certificate}");
    let after = document(&server, "rowan", ANN);
    assert_eq!((held(&after, "users"), held(&after, "letters"), held(&after, "consents")), (0, 0, 0));
    assert_eq!(held(&document(&server, "rosa", ANN), "users"), 1, "the other tenant's person is gone");
    assert_eq!(as_tenant(&server, "rowan", "SELECT count(*) FROM users; SELECT count(*) FROM letters"), "1\n2\n");
    let certificate: Value =
        serde_json::from_str(&as_tenant(&server, "rowan", &format!("SELECT tenantc_erase('{CYD}')"))).unwrap();
    assert_eq!(certificate["tables"]["payouts"]["emptied"], 1, "{certificate}");
    let left = as_tenant(
        &server,
        "rowan",
        "SELECT account IS NULL, amount FROM payouts; SELECT email LIKE 'erased %', phone IS NULL FROM customers",
    );
    assert_eq!(left, "t|10\nt|t\n");
    let all = server.rows("main", "SELECT tenantc_audit::text FROM shop.tenantc_audit");
    assert!(!all.contains("cyd@") && all.contains("ERASE"), "{all}");
    assert_eq!(server.rows("main", "SELECT * FROM shop.tenantc_audit_verify()"), "");

    // Retention: what is old enough, of every tenant, by the job's role alone.
    let expire = "SELECT * FROM shop.tenantc_expire()";
    assert_eq!(
        server.rows(
            "main",
            &format!("SET SESSION AUTHORIZATION postgres; SET ROLE main_maintenance; {expire}; {expire}")
        ),
        "letters|2\n"
    );
    let refused = server.run_text("main", &format!("SET SESSION AUTHORIZATION main_app; {expire}"));
    assert!(!refused.ok, "{refused:?}");

    // Of a whole tenant: certified when no row is left, by the job's role alone, and written down.
    let rosa = server.rows("main", "SELECT tenant FROM tenantc.tenant WHERE id = 'rosa'").trim().to_owned();
    let gone =
        format!("SET SESSION AUTHORIZATION postgres; SET ROLE main_maintenance; SELECT shop.tenantc_gone('{rosa}')");
    let refused = server.run_text("main", &gone);
    assert!(!refused.ok && refused.err.contains("has rows"), "{refused:?}");
    let rows = tables.keys().map(|table| format!("DELETE FROM shop.{table} WHERE tenant_id = '{rosa}';"));
    server.rows("main", &format!("SET session_replication_role = replica; {}", rows.collect::<String>()));
    let certificate: Value = serde_json::from_str(&server.rows("main", &gone)).unwrap();
    let left = certificate["tables"].as_object().unwrap();
    assert!(left.len() == tables.len() && left.values().all(|rows| *rows == 0), "{certificate}");
    let refused =
        server.run_text("main", &format!("SET SESSION AUTHORIZATION main_app; SELECT shop.tenantc_gone('{rosa}')"));
    assert!(!refused.ok, "{refused:?}");
    assert_eq!(server.rows("main", "SELECT * FROM shop.tenantc_audit_verify()"), "");
}

#[test]
fn version_14_keeps_peoples_rights() {
    keeps(14);
}

#[test]
fn version_15_keeps_peoples_rights() {
    keeps(15);
}

#[test]
fn version_16_keeps_peoples_rights() {
    keeps(16);
}

#[test]
fn version_17_keeps_peoples_rights() {
    keeps(17);
}

#[test]
fn version_18_keeps_peoples_rights() {
    keeps(18);
}
