//! Seeds: `limbeck db seed` and `upgrade --seed`.

mod choice;
mod csv;
mod hostile;
mod records;
mod refused;
mod support;
mod tenants;
mod upgrade;
