//! Sessions and models.

use super::*;

#[test]
fn a_session_is_native_as_far_as_it_executes() {
    let code = "from sqlalchemy.orm import Session\ns = Session(bind=op.get_bind())\n\
                n = s.execute(sa.text('SELECT 1')).scalar()\n";
    native(&body(&format!("{code}s.commit()")));
    needs(&body(&format!("{code}s.frobnicate(n)")), 7, "frobnicate");
}

#[test]
fn what_versions_flush_differently_needs_python() {
    const MODEL: &str = "from sqlalchemy.orm import Session, declarative_base\n\
                         Base = declarative_base()\nclass M(Base):\n    __tablename__ = 'm'\n    \
                         id = sa.Column(sa.Integer, primary_key=True)\nsession = Session(op.get_bind())\n";
    let told = "statement on no mapped class while changes are not flushed";
    needs(
        &body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.text('SELECT 1'))")),
        11,
        told,
    );
    needs(
        &body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.delete(sa.table('m')))")),
        11,
        told,
    );
    native(&body(&format!("{MODEL}session.execute(sa.text('SELECT 1'))\nsession.add(M(id=1))")));
    native(&body(&format!(
        "{MODEL}session.add(M(id=1))\nsession.flush()\nsession.execute(sa.text('SELECT 1'))"
    )));
    native(&body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.delete(M))")));
    native(&body(&format!("{MODEL}session.add(M(id=1))\nsession.execute(sa.select(M.id))")));
}

#[test]
fn a_model_that_cannot_be_made_is_missed_where_all_are_asked_for() {
    let source = |class: &str, then: &str| {
        format!(
            "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.orm import \
             declarative_base\nBase = declarative_base()\nclass A(Base):\n    __tablename__ = 'a'\n    \
             id = sa.Column(sa.Integer, primary_key=True)\n{class}\n\ndef upgrade():\n    {then}\n"
        )
    };
    let look = |class: &str, then: &str| {
        look(&source(class, then), &Target::postgresql(), Direction::Upgrade)
    };
    let unreadable = "class B(Base):\n    __tablename__ = 'b'\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
         data = open('x').read()";
    needs(&look(unreadable, "Base.metadata.create_all(op.get_bind())"), 11, "open()");
    // It adds its column to the table of the other one.
    let derived = "class B(A):\n    extra = sa.Column(sa.Integer)";
    needs(&look(derived, "A.__table__.create(op.get_bind())"), 8, "derived from another");
    native(&look("x = 1", "Base.metadata.create_all(op.get_bind())"));
}

/// Whatever is done with a relationship is a condition, a join or a query of SQLAlchemy's.
#[test]
fn relationships_are_for_python_where_they_are_used() {
    let classes = "from sqlalchemy import orm\nBase = orm.declarative_base()\nclass P(Base):\n    \
                   __tablename__ = 'p'\n    id = sa.Column(sa.Integer, primary_key=True)\nclass T(Base):\n    \
                   __tablename__ = 't'\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
                   p_id = sa.Column(sa.ForeignKey('p.id'))\n    p = orm.relationship(P)\n\
                   session = orm.Session(bind=op.get_bind())\n";
    for (code, construct) in [
        (
            "session.query(T).filter(T.p == P(id=1)).update({'id': 1})",
            "comparing the relationship 'p'",
        ),
        ("session.query(T).filter(T.p != None).delete()", "comparing the relationship 'p'"),
        ("session.query(T).filter(None == T.p).delete()", "comparing the relationship 'p'"),
        ("session.query(T).filter(T.p in [P(id=1)])", "comparing the relationship 'p'"),
        ("session.query(T).filter(not T.p)", "the truth of the relationship 'p'"),
        ("session.query(T).filter_by(p=P(id=1))", ""),
        ("session.query(T).filter(T.p.has(id=1))", "'has' of the relationship 'p'"),
        ("session.query(T).join(T.p)", "a join along a relationship"),
        ("session.query(T).join(P, T.p)", "a join along a relationship"),
        ("session.query(T).order_by(T.p)", ""),
        ("session.query(T).filter(T.p)", ""),
        ("session.query(T.p)", ""),
        ("session.query(T).filter(sa.and_(T.id == 1, T.p))", ""),
        ("session.query(sa.func.count(T.p))", ""),
        ("session.query(T).filter(T.id == T.p)", ""),
        ("session.query(T).filter(T.id.in_([T.p]))", ""),
        ("session.query(T).update({T.p: P(id=1)})", ""),
        ("session.query(T).group_by(T.p).having(~T.p)", ""),
    ] {
        let found = body(&format!("{classes}{code}"));
        assert!(!found.is_native(), "{code}: {found:?}");
        needs(&found, 15, construct);
    }
}

/// The same behind rows, where no trial comes.
#[test]
fn relationships_behind_rows_are_seen_in_the_text() {
    let module = "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy import orm\n\
                  Base = orm.declarative_base()\nclass P(Base):\n    __tablename__ = 'p'\n    \
                  id = sa.Column(sa.Integer, primary_key=True)\nclass T(Base):\n    \
                  __tablename__ = 't'\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
                  p_id = sa.Column(sa.ForeignKey('p.id'))\n    p = orm.relationship(P)\n\
                  def upgrade():\n    session = orm.Session(bind=op.get_bind())\n    \
                  for row in session.query(P).all():\n        if row.id > 1:\n            ";
    let behind =
        |code: &str| look(&format!("{module}{code}\n"), &Target::postgresql(), Direction::Upgrade);
    for (code, construct) in [
        ("T(id=1, p=row)", "setting the relationship 'p'"),
        ("session.query(T).filter(T.p == row)", "comparing a relationship"),
        ("session.query(T).filter(row.id != T.p)", "comparing a relationship"),
    ] {
        needs(&behind(code), 17, construct);
    }
    native(&behind("session.add(T(id=1, p_id=row.id))"));
}
