//! Valid texts to be damaged.

pub(crate) const INI: &[&str] = &[
    "[alembic]\nscript_location = %(here)s/migrations\n# a comment\nsqlalchemy.url = postgresql://u:p%%40@h/%(name)s\nname = db\n\n\
     [loggers]\nkeys = root,sqlalchemy\n",
    "[DEFAULT]\nroot: /srv\n\n[alembic]\nversion_locations =\n    %(root)s/a\n\n    %(root)s/b\n  ; no comment\nempty =\nkey = a = b\n\
     prepend_sys_path = .\n[a b]\nx = %(x)s\n",
    "[post_write_hooks]\nhooks = black\nblack.type = console_scripts\nblack.options = -l 79 REVISION_SCRIPT_FILENAME\n\
     [one]\nUPPER = %(upper2)s\nupper2 = %(UPPER)s\n",
];

pub(crate) const REVISIONS: &[&str] = &[
    "\"\"\"create \"account\"\n\nRevision ID: 1975ea83b712\nRevises: \nCreate Date: 2026-11-20 17:52:35.455723\n\n\"\"\"\n\
     from typing import Sequence, Union\n\nfrom alembic import op\nimport sqlalchemy as sa\n\n\n\
     # revision identifiers, used by Alembic.\nrevision: str = '1975ea83b712'\n\
     down_revision: Union[str, Sequence[str], None] = None\nbranch_labels: Union[str, Sequence[str], None] = ('shared',)\n\
     depends_on = None\n\n\ndef upgrade() -> None:\n    \"\"\"Upgrade schema.\"\"\"\n    op.create_table(\n        'account',\n        \
     sa.Column('id', sa.Integer(), nullable=False),\n    )\n\n\ndef downgrade() -> None:\n    op.drop_table('account')\n",
    "revision = \"a\" 'b'\ndown_revision = (f\"{revision}1\", *['c', 'd'])\nbranch_labels = tuple(['x'])\n\
     depends_on = {'e'} if True else [\"f\" + '0' * 3]\nbase, *rest = 'k', 'l'\nif rest:\n    revision += '2'\nelse:\n    del base\n\
     for label in ['m']:\n    branch_labels += (label,)\ntry:\n    import missing\nexcept ImportError:\n    missing = None\n\
     with open('x') as f:\n    pass\n\n@decorated\ndef upgrade(op=None): pass\n\nclass T(Base):\n    x = 1\n\
     def downgrade():\n  raise NotImplementedError\n",
    "# -*- coding: utf-8 -*-\n'''été\\N{BULLET}'''\nrevision='0468';down_revision='0467'\nimport os\nX = os.environ['A']\n\
     def upgrade():\n\top.execute('''\n\tSELECT 1\n\t''')\n",
];

pub(crate) const TEMPLATES: &[&str] = &[
    limbeck_alembic::mako::DEFAULT_SCRIPT_TEMPLATE,
    "## a comment\n<%!\nimport re\n%>\\\n<%\n  words = re.split(r'[,\\s]+', message)\n  n = len(words)\n%>\n\
     % if branch_labels and n > 1:\n${', '.join(w.title() for w in words) | trim,n}\n% elif not depends_on:\nnone\n% else:\n\
     ${\"%s-%05.1f\" % (up_revision[:4], 1.5)}\n% endif\n% for i, x in enumerate(branch_labels or ()):\n  ${loop.index}: ${x!r}\n\
     % endfor\n%% not a line\n<%text>${raw}</%text>\n",
    "<%def name=\"head(a, b='x')\">\n${a}-${b}\\\n</%def>${head(up_revision)}\n<%doc>\nunseen\n</%doc>\n\
     <% i = 0 %>\n% while i < 3:\n<% i += 1 %>${'{:>4}'.format(i)}\n% endwhile\n\
     ${config.get_main_option('script_location') or create_date.strftime('%Y')}\n",
];

pub(crate) const URLS: &[&str] = &[
    "postgresql+psycopg2://user:p%40ss@host:5432/db?sslmode=require&host=a&host=b",
    "mysql+pymysql://u:p@[::1]:3306/db?charset=utf8mb4&ssl_ca=/x.pem",
    "sqlite:////var/lib/app.db?timeout=5",
    "sqlite://",
    "mariadb://u@/db?unix_socket=/run/s.sock",
];

/// What is doubled in them stays small as it stands; mutations repeat it.
pub(crate) const ENVS: &[&str] = &[
    "import os\nfrom alembic import context\nfrom sqlalchemy import engine_from_config\nconfig = context.config\n\
     u = os.getenv('U', 'a')\nu = f'{u}{u}'\nu = f'{u}{u}'\nu = u + u\nu = u.replace('a', 'aa')\nu = '%s%s' % (u, u)\n\
     if u:\n    u += u\nelif not u.startswith('b'):\n    u = '{0}{0}'.format(u)\nelse:\n    raise X\n\
     config.set_main_option('sqlalchemy.url', u.replace('%', '%%'))\n\
     with engine_from_config(config.get_section('alembic', {}), prefix='sqlalchemy.').connect() as c:\n    \
     context.configure(connection=c, version_table=u)\n    context.run_migrations()\n",
    "import os\nfrom alembic import context\ndef f(u, n=2):\n    if 'A' in os.environ:\n        return [u, u]\n    \
     try:\n        u = f(u)\n    except E:\n        raise\n    finally:\n        v = {'k': u, **u}\n    return v or u\n\
     u = 'a'\nu = f(u)\nu = [u, u]\nu = {'a': u, 'b': [u]}\nfor u in u, u: context.configure(url=u, **u)\n\
     if os.environ['A']: context.configure(url=f(u)['k'], x=u)\nv = w = (lambda x: x + x)('a') + '''a\n  # b\n'''\n",
];
