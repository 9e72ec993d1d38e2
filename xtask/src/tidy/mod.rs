//! Rules that are tested as code. Each is one file, gives its violations as `file:line: rule: what is allowed`, and has a
//! test that feeds it a bad example: a rule that cannot fail is worth nothing.

mod arrows;
mod banned_calls;
mod command;
mod leftovers;
mod long_files;
mod osc_table;
mod portable_floats;
mod pure;
mod scenarios;
mod select;
mod source;
mod violation;

pub(crate) use command::run;
