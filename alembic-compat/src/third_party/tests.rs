//! Operations that are added to `alembic.op`.

use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use crate::eval::Failure;
use crate::eval::Interpreter;
use crate::sa::offline::Direction;
use crate::sa::offline::render;

fn register(interp: &mut Interpreter) {
    crate::stdlib::register(interp);
    super::register(interp);
}

fn run(source: &str) -> Result<Vec<String>, Failure> {
    let naming = NamingConvention::default();
    let target = Target::postgresql();
    render(source, "revision.py", Direction::Upgrade, &target, &naming, &register)
}

#[test]
fn operations_of_the_revision_itself() {
    let source = "
from alembic import op
from alembic.operations import Operations, MigrateOperation

class View:
    def __init__(self, name, sql):
        self.name, self.sql = name, sql

class ReversibleOp(MigrateOperation):
    def __init__(self, target):
        self.target = target
    @classmethod
    def invoke_for_target(cls, operations, target):
        return operations.invoke(cls(target))

@Operations.register_operation('create_view', 'invoke_for_target')
class CreateViewOp(ReversibleOp):
    pass

@Operations.implementation_for(CreateViewOp)
def create_view(operations, operation):
    operations.execute('CREATE VIEW %s AS %s' % (operation.target.name, operation.target.sql))

def upgrade():
    op.create_view(View('v', 'SELECT 1'))
";
    assert_eq!(run(source).unwrap(), ["CREATE VIEW v AS SELECT 1"]);
    let unknown = "from alembic import op\ndef upgrade():\n    op.create_view(1)\n";
    assert!(matches!(run(unknown), Err(Failure::Unsupported(_))));
}
