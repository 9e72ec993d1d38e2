//! Scenarios that are files: who plays, what breaks, what must hold, and when it ends. The code of the workers is the same, and
//! so are the checkers; what a file cannot say is a scenario in Rust.

mod acted;
mod hold;
mod schema;
mod staged;
mod template;

pub use schema::ScenarioFile;
pub use template::TEMPLATE;
