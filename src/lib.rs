//! tenantc
pub mod source;

pub mod diag;

pub mod parse;

pub mod resolve;

pub mod eval;

pub mod model;
