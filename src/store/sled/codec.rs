//! What a record's bytes mean: `[schema u16][crc32 u32][payload]`, numbers big-endian, the checksum (IEEE)
//! over schema and payload.

/// Payload as it is: JSON, or raw bytes in the tables of outputs and parts.
pub(super) const WHOLE: u16 = 1;

/// The payload is the number of parts, u32 big-endian, that the real one was cut into.
pub(super) const IN_PARTS: u16 = 2;

const HEADER: usize = 6;

/// The longest payload of one record. sled splits a page when it holds more than 16 records, however
/// long they are, and moves a page of more than 128 KiB into a file of its own that it never syncs. 20
/// records (16, and 4 of a page merged into it) with their keys stay below that.
pub(super) const LONGEST: usize = 4096 - HEADER;

/// The deepest JSON that is written: `serde_json` reads 127 levels, of which an export needs some around it.
pub(super) const DEEPEST: usize = 120;

/// How many brackets are open at once in a JSON text.
pub(super) fn depth(json: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                open += 1;
                deepest = deepest.max(open);
            }
            b']' | b'}' if !in_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The record of `payload`.
pub(super) fn seal(schema: u16, payload: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(HEADER + payload.len());
    record.extend_from_slice(&schema.to_be_bytes());
    record.extend_from_slice(&checksum(schema, payload).to_be_bytes());
    record.extend_from_slice(payload);
    record
}

/// Schema and payload of `record`, or what is wrong with it.
pub(super) fn open(record: &[u8]) -> Result<(u16, &[u8]), String> {
    let (schema, rest) = record.split_first_chunk().ok_or("too short")?;
    let (crc, payload) = rest.split_first_chunk().ok_or("too short")?;
    let schema = u16::from_be_bytes(*schema);
    if checksum(schema, payload) != u32::from_be_bytes(*crc) {
        return Err("checksum does not match".to_owned());
    }
    Ok((schema, payload))
}

fn checksum(schema: u16, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&schema.to_be_bytes());
    crc.update(payload);
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_in_texts_are_not_depth() {
        for (json, expect) in [
            ("1", 0),
            ("[]", 1),
            (r#"{"a":[1,[2]],"b":{}}"#, 3),
            (r#"["[[\"[[", "\\", [1]]"#, 2),
        ] {
            assert_eq!(depth(json.as_bytes()), expect, "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_record_opens_to_what_was_sealed(schema: u16, payload: Vec<u8>) {
            let record = seal(schema, &payload);
            prop_assert_eq!(open(&record), Ok((schema, payload.as_slice())));
        }

        #[test]
        fn a_flipped_bit_is_seen(payload: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8) {
            let mut record = seal(WHOLE, &payload);
            let at = at.index(record.len());
            record[at] ^= 1_u8 << bit;
            prop_assert!(open(&record).is_err());
        }

        #[test]
        fn a_cut_record_is_seen(payload: Vec<u8>, at: prop::sample::Index) {
            let record = seal(WHOLE, &payload);
            prop_assert!(open(&record[..at.index(record.len())]).is_err());
        }
    }
}
