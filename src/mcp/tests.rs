//! The face as clients meet it: raw JSON-RPC over a pipe in this process, and raw HTTP over loopback.

mod fixture;
mod http;
mod outputs;
mod stdio;
mod surface;
mod tools;
