use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::graph::Heads;
use crate::graph::testing;
use crate::plan;
use crate::target::Target;

/// Revisions of several databases: `name: graph`, one a line, needs as `revision>needed@database`.
struct World {
    names: Vec<String>,
    graphs: Vec<RevisionGraph>,
    needs: Vec<Vec<Need>>,
}

/// What is known and wanted of each database.
#[derive(Debug, Clone, Default)]
struct Start {
    rows: Heads,
    /// Revisions that are half-way.
    halfway: BTreeSet<RevisionId>,
    is_unread: bool,
    /// The target, and whether it is upwards; nothing where the database is only looked at.
    target: Option<(bool, String)>,
}

fn id(text: &str) -> RevisionId {
    text.parse().unwrap()
}

fn heads(ids: &str) -> Heads {
    ids.split_whitespace().map(id).collect()
}

fn applied(graph: &RevisionGraph, rows: &Heads) -> BTreeSet<RevisionId> {
    let nodes = plan::applied(graph, rows).unwrap();
    nodes.into_iter().map(|node| graph.id(node).clone()).collect()
}

impl World {
    fn new(databases: &[(&str, &str)], needs: &str) -> Self {
        let mut world = World {
            names: databases.iter().map(|(name, _)| (*name).to_owned()).collect(),
            graphs: databases.iter().map(|(_, text)| testing::graph(text)).collect(),
            needs: vec![Vec::new(); databases.len()],
        };
        for need in needs.split_whitespace() {
            let (revision, rest) = need.split_once('>').unwrap();
            let (needed, database) = rest.split_once('@').unwrap();
            world.add(&id(revision), &id(needed), database);
        }
        world
    }

    fn add(&mut self, revision: &RevisionId, needed: &RevisionId, database: &str) {
        let owner = self.graphs.iter().position(|graph| graph.find(revision).is_some()).unwrap();
        let databases = vec![database.to_owned()];
        self.needs[owner].push(Need {
            revision: revision.clone(),
            needed: needed.clone(),
            databases,
        });
    }

    fn parties(&self, starts: &[Start]) -> Vec<Party<'_>> {
        let party = |(index, start): (usize, &Start)| {
            let graph = &self.graphs[index];
            let plan = match &start.target {
                None => Plan { before: start.rows.clone(), steps: Vec::new() },
                Some((is_upgrade, target)) => {
                    let target: Target = target.parse().unwrap();
                    match is_upgrade {
                        true => plan::upgrade(graph, &start.rows, &target),
                        false => plan::downgrade(graph, &start.rows, &target),
                    }
                    .unwrap()
                }
            };
            Party {
                database: &self.names[index],
                graph,
                needs: &self.needs[index],
                standing: (!start.is_unread).then(|| Standing {
                    applied: applied(graph, &start.rows),
                    halfway: start.halfway.clone(),
                }),
                plan: if start.is_unread {
                    Plan { before: Heads::none(), steps: Vec::new() }
                } else {
                    plan
                },
            }
        };
        starts.iter().enumerate().map(party).collect()
    }
}

fn up(rows: &str) -> Start {
    Start { rows: heads(rows), target: Some((true, "heads".to_owned())), ..Start::default() }
}

fn down(rows: &str, target: &str) -> Start {
    Start { rows: heads(rows), target: Some((false, target.to_owned())), ..Start::default() }
}

fn only_looked_at(rows: &str) -> Start {
    Start { rows: heads(rows), ..Start::default() }
}

fn unread() -> Start {
    Start { is_unread: true, ..Start::default() }
}

/// `one:a,b two:x | two: why not`.
fn shown(world: &World, starts: &[Start]) -> String {
    let across = across(&world.parties(starts));
    let legs: Vec<String> = across
        .legs
        .iter()
        .map(|leg| {
            let steps = &across.plans[leg.party].steps[leg.steps.clone()];
            let ids: Vec<&str> =
                steps.iter().filter_map(|step| Some(step.revision.as_ref()?.as_str())).collect();
            format!("{}:{}", world.names[leg.party], ids.join(","))
        })
        .collect();
    let stops: Vec<String> = across
        .stops
        .iter()
        .map(|stop| {
            format!(
                "{} at {}: {} ({:?})",
                world.names[stop.party], stop.step, stop.why, stop.why.obstacle
            )
        })
        .collect();
    [legs.join(" "), stops.join("; ")].join(" | ")
}

#[test]
fn a_step_comes_after_what_it_needs_elsewhere() {
    let world = World::new(&[("one", "a1; a2|a1; a3|a2"), ("two", "b1; b2|b1")], "a2>b1@two");
    assert_eq!(shown(&world, &[up(""), up("")]), "one:a1 two:b1,b2 one:a2,a3 | ");
    assert_eq!(shown(&world, &[up("a1"), up("")]), "two:b1,b2 one:a2,a3 | ");
    assert_eq!(shown(&world, &[up(""), up("b1")]), "one:a1,a2,a3 two:b2 | ");
    assert_eq!(shown(&world, &[up(""), only_looked_at("b2")]), "one:a1,a2,a3 | ");
}

#[test]
fn what_is_missing_elsewhere_is_told() {
    let world = World::new(
        &[("one", "a1; a2|a1"), ("two", "b1"), ("three", "c1; c2|c1")],
        "a2>b1@two c2>a2@one",
    );
    assert_eq!(
        shown(&world, &[up(""), only_looked_at(""), only_looked_at("")]),
        "one:a1 | one at 1: revision a2 needs b1 on database two (NotPlanned)"
    );
    assert_eq!(
        shown(&world, &[up(""), unread(), up("")]),
        "one:a1 three:c1 | one at 1: revision a2 needs b1 on database two, which could not be \
         read (Unread); three at 1: revision c2 needs a2 on database one, which the run did not \
         get to (Stopped)"
    );
}

#[test]
fn what_another_database_needs_goes_last() {
    let world = World::new(&[("one", "a1; a2|a1"), ("two", "b1; b2|b1")], "b2>a2@one");
    assert_eq!(
        shown(&world, &[down("a2", "base"), only_looked_at("b2")]),
        " | one at 0: revision a2 is needed by b2 on database two (NotPlanned)"
    );
    assert_eq!(shown(&world, &[down("a2", "base"), only_looked_at("b1")]), "one:a2,a1 | ");
    assert_eq!(shown(&world, &[down("a2", "base"), down("b2", "base")]), "two:b2,b1 one:a2,a1 | ");
    assert_eq!(
        shown(&world, &[down("a2", "a1"), unread()]),
        " | one at 0: revision a2 is needed by b2 on database two, which could not be read \
         (Unread)"
    );
}

#[test]
fn what_is_half_way_is_neither_there_nor_gone() {
    let world = World::new(&[("one", "a1; a2|a1"), ("two", "b1")], "b1>a1@one");
    let halfway = |start: Start, ids: &str| Start {
        halfway: ids.split_whitespace().map(id).collect(),
        ..start
    };
    assert_eq!(
        shown(&world, &[halfway(only_looked_at("a1"), "a1"), up("")]),
        " | two at 0: revision b1 needs a1 on database one, where its downgrade was begun and not \
         finished (Halfway)"
    );
    assert_eq!(
        shown(&world, &[down("a1", "base"), halfway(only_looked_at(""), "b1")]),
        " | one at 0: revision a1 is needed by b1 on database two, where its upgrade was begun and \
         not finished (Halfway)"
    );
    assert_eq!(shown(&world, &[halfway(only_looked_at("a1"), "a2"), up("")]), "two:b1 | ");
}

// In its own order, each plan begins with the branch that waits for the end of the other.
#[test]
fn branches_that_wait_for_one_another_are_done_in_another_order() {
    let world = World::new(&[("one", "a1; a2"), ("two", "b1; b2")], "a2>b1@two b2>a1@one");
    assert_eq!(shown(&world, &[up(""), up("")]), "one:a1 two:b2,b1 one:a2 | ");
    let across = across(&world.parties(&[up(""), up("")]));
    let rows: Vec<String> = across.plans[0]
        .steps
        .iter()
        .map(|step| step.after.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(rows, ["a1", "a1 a2"]);
}

#[test]
fn a_need_may_concern_several_databases() {
    let mut world = World::new(&[("one", "a1"), ("two", "b1"), ("three", "b1")], "a1>b1@two");
    world.needs[0][0].databases.push("three".to_owned());
    assert_eq!(shown(&world, &[up(""), up(""), up("")]), "two:b1 three:b1 one:a1 | ");
    assert_eq!(
        shown(&world, &[up(""), up(""), only_looked_at("")]),
        "two:b1 | one at 0: revision a1 needs b1 on database three (NotPlanned)"
    );
}

/// A revision with a database and what it follows, as places among the earlier ones.
#[derive(Debug, Clone)]
struct Seed {
    database: usize,
    parents: Vec<Index>,
    /// Where it stands among those of its database.
    weight: u16,
    is_dependency: bool,
}

const DATABASES: usize = 3;

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let seed = (0..DATABASES, vec(any::<Index>(), 0..3), any::<u16>(), any::<bool>()).prop_map(
        |(database, parents, weight, is_dependency)| Seed {
            database,
            parents,
            weight,
            is_dependency,
        },
    );
    vec(seed, 1..24)
}

/// The whole graph as edges, and the world that comes of it when it is split.
fn split(seeds: &[Seed]) -> (BTreeMap<RevisionId, BTreeSet<RevisionId>>, World) {
    let name = |number: usize| format!("r{number:03}");
    let mut edges: BTreeMap<RevisionId, BTreeSet<RevisionId>> = BTreeMap::new();
    let mut texts: Vec<Vec<(u16, String)>> = vec![Vec::new(); DATABASES];
    let mut needs: Vec<(RevisionId, RevisionId, usize)> = Vec::new();
    for (number, seed) in seeds.iter().enumerate() {
        let own = id(&name(number));
        let earlier: Vec<usize> = (0..number).collect();
        let mut parents: BTreeSet<usize> = BTreeSet::new();
        if number > 0 {
            parents.extend(seed.parents.iter().map(|index| *index.get(&earlier)));
        }
        edges.insert(own.clone(), parents.iter().map(|other| id(&name(*other))).collect());
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            parents.iter().partition(|other| seeds[**other].database == seed.database);
        needs.extend(
            outside.iter().map(|other| (own.clone(), id(&name(*other)), seeds[*other].database)),
        );
        let inside: Vec<String> = inside.into_iter().map(name).collect();
        let inside = inside.join(",");
        let text = match seed.is_dependency {
            true => format!("{own}||{inside}"),
            false => format!("{own}|{inside}"),
        };
        texts[seed.database].push((seed.weight, text));
    }
    let names = ["one", "two", "three"];
    let mut world = World {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        graphs: texts
            .into_iter()
            .map(|mut texts| {
                texts.sort();
                let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
                testing::graph(&texts.join(";"))
            })
            .collect(),
        needs: vec![Vec::new(); DATABASES],
    };
    for (revision, needed, database) in needs {
        world.add(&revision, &needed, names[database]);
    }
    (edges, world)
}

/// Everything below `tops`, themselves included.
fn below(
    edges: &BTreeMap<RevisionId, BTreeSet<RevisionId>>,
    tops: impl IntoIterator<Item = RevisionId>,
) -> BTreeSet<RevisionId> {
    let mut found = BTreeSet::new();
    let mut open: Vec<RevisionId> = tops.into_iter().collect();
    while let Some(next) = open.pop() {
        if found.insert(next.clone()) {
            open.extend(edges[&next].iter().cloned());
        }
    }
    found
}

fn rows_of(graph: &RevisionGraph, applied: &BTreeSet<RevisionId>) -> Heads {
    let mut set = graph.no_nodes();
    for node in applied.iter().filter_map(|id| graph.find(id)) {
        set.insert(node);
    }
    graph.maximal(&set).into_iter().map(|node| graph.id(node).clone()).collect()
}

/// Walks the legs, and looks that each step comes when it may: `blockers` tells what must have
/// been done (or undone) before. Returns what is done.
fn walk(
    across: &Across,
    done: &mut BTreeSet<RevisionId>,
    may: impl Fn(&RevisionId, &BTreeSet<RevisionId>) -> bool,
) -> Result<Vec<RevisionId>, TestCaseError> {
    let mut order = Vec::new();
    let mut places = vec![0; across.plans.len()];
    for leg in &across.legs {
        prop_assert_eq!(leg.steps.start, places[leg.party], "legs are contiguous");
        prop_assert!(!leg.steps.is_empty());
        places[leg.party] = leg.steps.end;
        for step in &across.plans[leg.party].steps[leg.steps.clone()] {
            let id = step.revision.clone().unwrap();
            prop_assert!(may(&id, done), "{} comes too early", id);
            if step.direction == Direction::Downgrade {
                done.remove(&id);
            } else {
                done.insert(id.clone());
            }
            order.push(id);
        }
    }
    for plan in &across.plans {
        let mut rows = &plan.before;
        for step in &plan.steps {
            prop_assert_eq!(&step.before, rows);
            rows = &step.after;
        }
    }
    for (party, place) in places.iter().enumerate() {
        let stop = across.stops.iter().find(|stop| stop.party == party);
        match stop {
            Some(stop) => prop_assert_eq!(stop.step, *place),
            None => prop_assert_eq!(across.plans[party].steps.len(), *place),
        }
    }
    Ok(order)
}

proptest! {
    #[test]
    fn all_databases_get_to_their_heads_and_down_again(
        seeds in seeds(),
        tops in vec(any::<Index>(), 0..4),
    ) {
        let (edges, world) = split(&seeds);
        let ids: Vec<RevisionId> = edges.keys().cloned().collect();
        let start = below(&edges, tops.iter().map(|index| index.get(&ids).clone()));
        let starts: Vec<Start> = world
            .graphs
            .iter()
            .map(|graph| Start { rows: rows_of(graph, &start), ..up("") })
            .collect();
        let across_up = across(&world.parties(&starts));
        prop_assert_eq!(&across_up, &across(&world.parties(&starts)));
        prop_assert_eq!(&across_up.stops, &[]);
        let mut done = start.clone();
        let order = walk(&across_up, &mut done, |id, done| edges[id].is_subset(done))?;
        prop_assert_eq!(order.len(), ids.len() - start.len());
        prop_assert_eq!(&done, &ids.iter().cloned().collect());

        let starts: Vec<Start> = world
            .graphs
            .iter()
            .map(|graph| Start { rows: rows_of(graph, &done), ..down("", "base") })
            .collect();
        let across_down = across(&world.parties(&starts));
        prop_assert_eq!(&across_down.stops, &[]);
        let order = walk(&across_down, &mut done, |id, done| {
            !done.iter().any(|other| edges[other].contains(id))
        })?;
        prop_assert_eq!(order.len(), ids.len());
        prop_assert!(done.is_empty());
    }

    /// Where databases cannot be read, or are not part of the run, exactly that is done which can
    /// be: found again by brute force.
    #[test]
    fn what_can_be_done_is_done(
        seeds in seeds(),
        tops in vec(any::<Index>(), 0..4),
        roles in vec(0..3u8, DATABASES),
    ) {
        let (edges, world) = split(&seeds);
        let ids: Vec<RevisionId> = edges.keys().cloned().collect();
        let start = below(&edges, tops.iter().map(|index| index.get(&ids).clone()));
        let starts: Vec<Start> = world
            .graphs
            .iter()
            .zip(&roles)
            .map(|(graph, role)| {
                let rows = rows_of(graph, &start);
                match role {
                    0 => Start { rows, ..up("") },
                    1 => Start { rows, ..Start::default() },
                    _ => unread(),
                }
            })
            .collect();
        let in_role = |id: &RevisionId, wanted: u8| {
            let at = world.graphs.iter().position(|graph| graph.find(id).is_some()).unwrap();
            roles[at] == wanted
        };
        let seen: BTreeSet<RevisionId> =
            start.iter().filter(|id| !in_role(id, 2)).cloned().collect();
        // What an unread database has is not known, but its own edges are no needs.
        let mut expected = seen.clone();
        loop {
            let next = ids.iter().find(|id| {
                !expected.contains(*id) && in_role(id, 0) && edges[*id].is_subset(&expected)
            });
            let Some(next) = next else { break };
            expected.insert(next.clone());
        }
        let across = across(&world.parties(&starts));
        let mut done = seen;
        walk(&across, &mut done, |id, done| edges[id].is_subset(done))?;
        prop_assert_eq!(done, expected);
    }
}
