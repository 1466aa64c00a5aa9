//! Whether an endpoint lets a connection in: for people who look for what is wrong.

use std::time::Duration;

use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Opens a connection to the host of `url` and closes it again; nothing is sent over it, and no key is needed.
///
/// # Errors
/// In words, when the address is none, or nobody lets it in within `patience`.
pub async fn reachable(url: &str, patience: Duration) -> Result<(), String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    let host = url.host_str().ok_or("it names no host")?;
    let port = url.port_or_known_default().ok_or("it names no port")?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match timeout(patience, TcpStream::connect((host, port))).await {
        Ok(Ok(_connection)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", patience.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_listens_can_be_reached_and_who_left_cannot() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        assert_eq!(reachable(&url, Duration::from_secs(5)).await, Ok(()));
        drop(listener);
        assert!(reachable(&url, Duration::from_secs(5)).await.is_err());
        assert!(reachable("nonsense", Duration::from_secs(5)).await.is_err());
    }
}
