//! Long lists, page by page: a cursor is the key of the last item that was shown, so that what comes and goes meanwhile
//! neither repeats an item nor skips one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rmcp::ErrorData;
use rmcp::model::PaginatedRequestParams;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// No cursor of ours is longer, in characters.
const LONGEST: usize = 2_048;

/// A part of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    /// The items, in the order of their keys.
    pub(crate) items: Vec<T>,
    /// Where the rest begins, if there is more.
    pub(crate) next: Option<String>,
}

/// At most `size` of `entries`, behind the cursor that `list` gave out.
///
/// # Errors
/// -32602 for what is no cursor of this list.
pub(crate) fn page<K: Ord + Serialize + DeserializeOwned, T>(
    list: &str,
    entries: impl IntoIterator<Item = (K, T)>,
    request: Option<&PaginatedRequestParams>,
    size: usize,
) -> Result<Page<T>, ErrorData> {
    let cursor = request.and_then(|request| request.cursor.as_deref());
    let after: Option<K> = cursor.map(|cursor| open(list, cursor)).transpose()?;
    let mut entries: Vec<(K, T)> = entries
        .into_iter()
        .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
        .collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    let size = size.max(1);
    let more = entries.len() > size;
    entries.truncate(size);
    let last = entries.last().filter(|_| more);
    let next = last.map(|(key, _)| seal(list, key)).transpose()?;
    let items = entries.into_iter().map(|(_, item)| item).collect();
    Ok(Page { items, next })
}

fn seal(list: &str, key: &impl Serialize) -> Result<String, ErrorData> {
    let text = serde_json::to_vec(&(list, key))
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    Ok(URL_SAFE_NO_PAD.encode(text))
}

fn open<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<K, ErrorData> {
    let read = || {
        let text = URL_SAFE_NO_PAD
            .decode(Some(cursor).filter(|text| text.len() <= LONGEST)?)
            .ok()?;
        let (of, key): (String, K) = serde_json::from_slice(&text).ok()?;
        (of == list).then_some(key)
    };
    read().ok_or_else(|| {
        let why = format!("this is no cursor of {list}; ask again without one");
        ErrorData::invalid_params(why, None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(cursor: Option<String>) -> Option<PaginatedRequestParams> {
        cursor.map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)))
    }

    fn numbers(keys: &[u32], cursor: Option<String>) -> Page<u32> {
        let entries = keys.iter().map(|key| (*key, *key));
        page("numbers", entries, ask(cursor).as_ref(), 2).unwrap()
    }

    #[test]
    fn what_comes_and_goes_between_pages_moves_nothing() {
        let first = numbers(&[50, 20, 30, 10, 40], None);
        assert_eq!(first.items, [10, 20]);
        // One that was shown is gone, one came before and one behind.
        let second = numbers(&[5, 10, 25, 30, 40, 50], first.next);
        assert_eq!(second.items, [25, 30]);
        let third = numbers(&[40, 50], second.next);
        assert_eq!((third.items, third.next), (vec![40, 50], None));
    }

    #[test]
    fn what_is_no_cursor_of_the_list_is_refused() {
        let foreign = seal("letters", &20).unwrap();
        let of_another_kind = seal("numbers", &"20").unwrap();
        for wrong in [
            String::new(),
            "!".into(),
            "x".repeat(5_000),
            foreign,
            of_another_kind,
        ] {
            let entries = [(1_u32, 1)];
            let error = page("numbers", entries, ask(Some(wrong.clone())).as_ref(), 2).unwrap_err();
            assert_eq!(error.code.0, -32602, "{wrong}");
        }
        assert_eq!(
            numbers(&[10, 30], Some(seal("numbers", &20).unwrap())).items,
            [30]
        );
    }
}
