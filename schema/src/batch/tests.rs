use super::*;
use crate::SqlType;
use crate::Target;
use crate::operation::AddColumn;
use crate::operation::DropConstraint;
use crate::table::Check;
use crate::table::ForeignKeyConstraint;

fn account() -> Table {
    Table::new("account")
        .column(Column::new("id", SqlType::integer()).primary_key())
        .column(Column::new("owner", SqlType::integer()))
        .column(Column::new("name", SqlType::string(20)))
        .constraint(ForeignKeyConstraint::new(["owner"], ["person.id"]))
        .constraint(Check::text(None, "owner > 0"))
        .index(Index::new("ix_name", ["name"]))
}

fn compile(batch: &Batch) -> (Result<Vec<String>, CompileError>, Vec<String>) {
    let mut context = OperationContext::new(Target::sqlite());
    let statements = batch.compile(&mut context, Some(&account()));
    let sql = statements.map(|list| list.into_iter().map(|statement| statement.sql).collect());
    (sql, context.take_warnings())
}

fn added(after: Option<&str>) -> Operation {
    let mut add = AddColumn::new("account", Column::new("new", SqlType::integer()));
    add.insert_after = after.map(str::to_owned);
    add.into()
}

#[test]
fn an_added_column_alone_needs_no_copy() {
    let batch = Batch { operations: vec![added(None)], ..Batch::new("account") };
    let context = OperationContext::new(Target::sqlite());
    assert_eq!(batch.must_recreate(&context), Ok(false));
    assert_eq!(compile(&batch).0.unwrap(), ["ALTER TABLE account ADD COLUMN new INTEGER"]);
    let placed = Batch { operations: vec![added(Some("id"))], ..batch };
    assert!(matches!(compile(&placed).0, Err(CompileError::Command(_))));
    let copied = Batch { recreate: Recreate::Always, ..placed };
    let statements = compile(&copied).0.unwrap();
    assert!(statements[0].contains("id INTEGER NOT NULL, \n\tnew INTEGER, \n\towner"));
    assert_eq!(statements[4], "CREATE INDEX ix_name ON account (name)");
}

#[test]
fn an_unnamed_key_is_dropped_by_its_conventional_name() {
    let drop = DropConstraint {
        name: "fk_account_owner_person".into(),
        table: "account".to_owned(),
        ..DropConstraint::default()
    };
    let batch = Batch { operations: vec![drop.into()], ..Batch::new("account") };
    assert_eq!(
        compile(&batch).0.unwrap_err().to_string(),
        "No such constraint: 'fk_account_owner_person'"
    );
    let naming = NamingConvention::from_entries([(
        "fk",
        "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    )]);
    let batch = Batch { naming_convention: Some(naming), ..batch };
    let (statements, warnings) = compile(&batch);
    assert!(!statements.unwrap()[0].contains("FOREIGN KEY"));
    // An unnamed CHECK cannot be told from that of a type: Alembic leaves it out and says so.
    assert!(warnings[0].starts_with("Unnamed CHECK constraint on reflected table 'account'"));
}

#[test]
fn without_the_table_nothing_can_be_copied() {
    let drop = crate::operation::DropColumn {
        table: "account".to_owned(),
        column: "name".to_owned(),
        ..Default::default()
    };
    let batch = Batch { operations: vec![drop.into()], ..Batch::new("account") };
    let mut context = OperationContext::new(Target::sqlite());
    assert!(matches!(batch.compile(&mut context, None), Err(CompileError::Command(_))));
    let mut context = OperationContext::new(Target::postgresql());
    assert_eq!(batch.compile(&mut context, None).unwrap().len(), 1);
}
