//! What is left alone, and what is kept.

use super::*;

#[test]
fn a_dry_run_and_a_file_that_cannot_be_read_leave_everything_alone() {
    for (host, file, texts) in SAMPLES {
        let home = Home::with(file, Some(texts[0].as_bytes()));
        let (code, shown, _) = home.run(&[host, "--dry-run"]);
        assert!(
            code == Some(0) && shown.contains("Nothing was written"),
            "{shown}"
        );
        assert_eq!(home.bytes().unwrap(), texts[0].as_bytes());
        let broken = format!("{}\n{{{{ broken = [: ", texts[0]);
        let home = Home::with(file, Some(broken.as_bytes()));
        for arguments in [&[host][..], &[host, "--uninstall"]] {
            let (code, _, stderr) = home.run(arguments);
            assert_eq!(code, Some(1), "{host}");
            let problem: Value = serde_json::from_str(stderr.trim()).unwrap();
            assert_eq!(problem["code"], "install.syntax", "{stderr}");
            assert!(problem["message"].as_str().unwrap().contains("line "), "{stderr}");
        }
        assert_eq!(home.bytes().unwrap(), broken.as_bytes());
        let name = home.file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            home.beside()
                .iter()
                .all(|beside| beside == &name || !beside.contains("firstmate"))
        );
    }
}

#[test]
fn servers_that_came_later_stay_and_the_backup_too() {
    let home = Home::with(".cursor/mcp.json", Some(b"{\n  \"mcpServers\": {}\n}\n"));
    home.run(&["cursor"]);
    let with = String::from_utf8(home.bytes().unwrap()).unwrap();
    let later = with.replacen("\"mcpServers\": {", "\"mcpServers\": {\n    \"later\": {},", 1);
    std::fs::write(&home.file, later).unwrap();
    let (code, told, _) = home.run(&["cursor", "--uninstall"]);
    assert!(code == Some(0) && told.contains("was before is in"), "{told}");
    let after = String::from_utf8(home.bytes().unwrap()).unwrap();
    assert_eq!(after, "{\n  \"mcpServers\": {\n    \"later\": {}\n  }\n}\n");
    let name = "mcp.json.firstmate-backup";
    let (second, third) = (format!("{name}-2"), format!("{name}-3"));
    assert_eq!(home.beside(), ["mcp.json", name, &second]);
    // And another content gets a backup of its own.
    home.run(&["cursor"]);
    assert_eq!(home.beside(), ["mcp.json", name, &second, &third]);
}

#[test]
fn the_server_of_somebody_else_is_left_alone() {
    let text = "{\"mcpServers\": {\"github\": {\"url\": \"https://x/mcp\"}}}";
    let home = Home::with(".cursor/mcp.json", Some(text.as_bytes()));
    for arguments in [
        &["cursor", "--name", "github"][..],
        &["cursor", "--name", "github", "--http", "http://127.0.0.1:1/mcp"],
        &["cursor", "--name", "github", "--uninstall"],
    ] {
        let (code, _, stderr) = home.run(arguments);
        assert_eq!(code, Some(1), "{arguments:?}");
        assert!(stderr.contains("install.foreign"), "{stderr}");
        assert_eq!(home.bytes().unwrap(), text.as_bytes());
    }
    assert_eq!(home.beside(), ["mcp.json"]);
    // Its own under another name, by the address it was given.
    let own = ["cursor", "--name", "mate", "--http", "http://127.0.0.1:1/mcp"];
    assert_eq!(home.run(&own).0, Some(0));
    assert_eq!(home.run(&[&own[..], &["--uninstall"]].concat()).0, Some(0));
    assert_eq!(home.bytes().unwrap(), text.as_bytes());
}

#[test]
fn what_is_taken_out_or_changed_is_kept_before() {
    let entry =
        |words: &str| format!("{{\n  \"mcpServers\": {{\n    \"firstmate\": {{ {words} }}\n  }}\n}}\n");
    // Its user's own words are in it: the file does not just go.
    let text = entry("\"command\": \"/a/firstmate\", \"env\": { \"A\": \"b\" }");
    let home = Home::with(".cursor/mcp.json", Some(text.as_bytes()));
    let (code, told, _) = home.run(&["cursor", "--uninstall"]);
    assert!(code == Some(0) && told.contains("firstmate-backup."), "{told}");
    assert!(home.bytes().is_some());
    let backup = |number: &str| {
        let place = format!("{}.firstmate-backup{number}", home.file.display());
        std::fs::read_to_string(place).unwrap()
    };
    assert_eq!(backup(""), text);
    // Every update keeps what it changes, whatever was kept before.
    let text = entry("\"command\": \"/b/firstmate\", \"timeout\": 1");
    std::fs::write(&home.file, &text).unwrap();
    assert_eq!(home.run(&["cursor"]).0, Some(0));
    assert_eq!(backup("-2"), text);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_permissions_stay_as_they_are() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let home = Home::with("dotfiles/mcp.json", Some(b"{}\n"));
    std::fs::set_permissions(&home.file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let link = home.dir.path().join(".cursor/mcp.json");
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    symlink("../dotfiles/mcp.json", &link).unwrap();
    assert_eq!(home.run(&["cursor"]).0, Some(0));
    assert!(link.symlink_metadata().unwrap().is_symlink());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.file), 0o600);
    assert_eq!(
        mode(&home.file.with_file_name("mcp.json.firstmate-backup")),
        0o600
    );
    assert_eq!(home.run(&["cursor", "--uninstall"]).0, Some(0));
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(home.bytes().unwrap(), b"{}\n");
    assert_eq!(home.beside(), ["mcp.json"]);
}

#[test]
fn a_file_that_is_not_text_is_refused() {
    let home = Home::with(".cursor/mcp.json", Some(b"{\"a\": \"\xff\"}"));
    let (code, _, stderr) = home.run(&["cursor"]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("install.not_text") && stderr.contains("byte 7"),
        "{stderr}"
    );
}
