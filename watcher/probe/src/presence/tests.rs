//! Looks at servers that are made here.

mod account;
mod https;
mod tls;
mod web;
