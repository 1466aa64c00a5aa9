//! Where lessons lie by their meaning: the bytes of each vector, one a dimension.

use async_trait::async_trait;

use super::draft;
use super::{Database, Reader, failed, keys};
use crate::domain::{LessonId, Scope};
use crate::store::{Embedded, Embeddings, Result};

#[async_trait]
impl Embeddings for Database {
    async fn put(&self, scope: &Scope, embedder: &str, vectors: Vec<Embedded>) -> Result<()> {
        let embeddings = keys::embeddings(scope, embedder);
        self.writer
            .write(move |draft| {
                for (lesson, vector) in vectors {
                    let bytes: Vec<u8> = vector.into_iter().map(i8::cast_unsigned).collect();
                    draft.write_bytes(keys::embedding(&embeddings, &lesson), &bytes);
                }
                Ok(())
            })
            .await
    }

    async fn of_project(
        &self,
        scope: &Scope,
        embedder: &str,
        after: Option<&LessonId>,
        limit: usize,
    ) -> Result<Vec<Embedded>> {
        let embeddings = keys::embeddings(scope, embedder);
        let after = after.map(|lesson| keys::embedding(&embeddings, lesson));
        let scan = move |reader: &Reader| reader.embeddings(&embeddings, after.as_ref(), limit);
        self.reader.scan(limit as u64, scan).await
    }
}

impl Reader {
    fn embeddings(
        &self,
        embeddings: &keys::Key,
        after: Option<&keys::Key>,
        limit: usize,
    ) -> Result<Vec<Embedded>> {
        let from = after.unwrap_or(embeddings);
        let mut found = Vec::new();
        for record in self.db.range(from.as_ref()..) {
            let (key, value) = record.map_err(failed("read"))?;
            if found.len() == limit || !key.starts_with(embeddings.as_ref()) {
                break;
            }
            if after.is_some_and(|after| after.as_ref() == &*key) {
                continue;
            }
            found.extend(self.skip_damaged(embedded(&self.db, &key, &value))?);
        }
        Ok(found)
    }
}

fn embedded(tree: &sled::Tree, key: &[u8], value: &[u8]) -> Result<Embedded> {
    let lesson = keys::embedded(key).ok_or_else(|| draft::damaged(key, "its key cannot be read"))?;
    let bytes = draft::open(tree, key, value)?;
    Ok((lesson, bytes.into_iter().map(u8::cast_signed).collect()))
}
