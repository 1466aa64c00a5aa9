use super::assets::{INDEX, PARTS};
use super::view;

#[test]
fn the_page_names_each_part_once_and_a_host_gets_them_inside_of_it() {
    let text = serde_json::to_value(view::contents()).unwrap()["text"].take();
    let document = text.as_str().unwrap();
    for part in PARTS {
        let name = part.path.trim_start_matches('/');
        assert_eq!(INDEX.text.matches(&format!("\"{name}\"")).count(), 1, "{name}");
        assert!(document.contains(part.text), "{name}");
        // It would end there.
        for end in ["</script", "</style", "<!--"] {
            assert!(!part.text.contains(end), "{name} has {end}");
        }
    }
    assert!(
        !document.contains("src=") && !document.contains("href=\"ui/"),
        "a host has nothing to load"
    );
    assert!(document.contains("data-in=\"host\""));
}

#[test]
fn nothing_in_the_page_is_from_elsewhere_and_no_text_becomes_markup() {
    for part in std::iter::once(INDEX).chain(PARTS) {
        let foreign = part.text.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !foreign.contains("http://") && !foreign.contains("https://"),
            "{}",
            part.path
        );
        for danger in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ] {
            assert!(!part.text.contains(danger), "{} has {danger}", part.path);
        }
        let attributes = [" style=\"", " onclick", " onload", "javascript:"];
        assert!(
            !attributes.iter().any(|word| part.text.contains(word)),
            "{}",
            part.path
        );
    }
}
