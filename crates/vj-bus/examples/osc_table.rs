//! Prints the table of OSC addresses as it stands in the documents.

fn main() {
    print!("{}", vj_bus::osc::address_book::markdown_table());
}
