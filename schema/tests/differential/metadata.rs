//! Random tables that point to each other, for `create_all` and `drop_all`.

use limbeck_schema::MetaData;
use limbeck_schema::Name;
use limbeck_schema::SqlType;
use limbeck_schema::table::*;

use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;

pub(crate) struct AllTables {
    pub(crate) metadata: MetaData,
    pub(crate) drop: bool,
}

pub(crate) fn all_tables(random: &mut Random) -> (AllTables, String) {
    let mut metadata = MetaData::default();
    let mut source = "metadata = sa.MetaData()\n".to_owned();
    if random.chance(4) {
        metadata.sequences.push(Sequence::new("alone"));
        source += "sa.Sequence(\"alone\", metadata=metadata)\n";
    }
    let count = 2 + random.below(4);
    for at in 0..count {
        let name = format!("t{at}");
        let mut table =
            Table::new(&name).column(Column::new("id", SqlType::integer()).primary_key());
        let mut items = vec!["sa.Column(\"id\", sa.Integer(), primary_key=True)".to_owned()];
        for key_at in 0..random.below(3) {
            let (column, item) = reference(random, at, key_at, count);
            table.columns.push(column);
            items.push(item);
        }
        if random.chance(4) {
            let kind = random.pick(&["mood", "kind"]);
            let column =
                Column::new("e", SqlType::enumeration(kind, ["a", "b"])).index().comment("c");
            table.columns.push(column);
            items.push(format!(
                "sa.Column(\"e\", sa.Enum(\"a\", \"b\", name={}), index=True, comment=\"c\")",
                py(kind)
            ));
        }
        if random.chance(6) {
            let mut column = Column::new("s", SqlType::integer());
            let optional = random.chance(2);
            let sequence = Sequence { optional, ..Sequence::new(format!("seq{at}")) };
            column.default = ColumnDefault::Sequence(Box::new(sequence));
            table.columns.push(column);
            items.push(format!(
                "sa.Column(\"s\", sa.Integer(), sa.Sequence(\"seq{at}\", optional={}))",
                crate::random::py_bool(optional)
            ));
        }
        source += &format!("sa.Table({}, metadata, {})\n", py(&name), items.join(", "));
        metadata.tables.push(table);
    }
    let drop = random.chance(3);
    let call = if drop { "drop_all" } else { "create_all" };
    source += &format!("metadata.{call}(mock(), checkfirst=False)\n");
    (AllTables { metadata, drop }, source)
}

fn reference(random: &mut Random, at: usize, key_at: usize, count: usize) -> (Column, String) {
    let to = random.below(count);
    let mut key = ForeignKey::new(format!("t{to}.id").as_str());
    let mut arguments = Arguments::default();
    arguments.push(py(&format!("t{to}.id")));
    if random.chance(2) {
        let name = format!("fk_{at}_{key_at}");
        arguments.text("name", Some(&name));
        key.name = Name::Given(name);
        if random.chance(4) {
            key.actions.use_alter = true;
            arguments.push("use_alter=True");
        }
    }
    let name = format!("r{key_at}");
    let item =
        format!("sa.Column({}, sa.Integer(), sa.ForeignKey({}))", py(&name), arguments.join());
    (Column::new(name, SqlType::integer()).references(key), item)
}
