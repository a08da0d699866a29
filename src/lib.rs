//! tenantc
pub mod source;

pub mod diag;

pub mod parse;
