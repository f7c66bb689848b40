//! Seeds: `limbeck db seed` and `upgrade --seed`.

mod choice;
mod csv;
mod hostile;
mod records;
mod refused;
mod stopped;
mod support;
mod tenants;
mod upgrade;
