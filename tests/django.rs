//! `limbeck import django` on real projects of Django and django-tenants.

mod shop;
mod support;
mod tenants;
