//! The server: bounded in connections, in the time of each and in the size of a request.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http_body_util::Full;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::header;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;
use tokio::task;
use tokio::task::AbortHandle;
use tokio::time;

use super::checker::Checker;
use super::checker::Snapshot;
use super::metrics;

/// How many connections there may be at a time. Who comes then takes the place of whoever has been
/// silent for longest; where all have asked, until one is answered.
const CONNECTIONS: usize = 256;

/// How many may look at the databases at a time, or wait for who does. The others wait without a
/// thread.
const LOOKERS: usize = 16;

/// How long a request may take to arrive.
const HEADER_PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection may take on top of looking at the databases: whoever does not read its
/// answer is cut off.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest request, in bytes; hyper takes no less.
const LONGEST_REQUEST: usize = 8 * 1024;

/// How long those who are being answered when the end comes may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT. `listening` is told the address, whose port the system may have
/// chosen.
///
/// # Errors
/// When the address cannot be listened to.
pub(in crate::cli) fn serve(
    checker: Checker,
    address: SocketAddr,
    listening: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> io::Result<()> {
    let runtime =
        Builder::new_current_thread().enable_all().max_blocking_threads(LOOKERS).build()?;
    let result = runtime.block_on(run(Arc::new(checker), address, listening));
    // A look that hangs is not waited for.
    runtime.shutdown_background();
    result
}

async fn run(
    checker: Arc<Checker>,
    address: SocketAddr,
    listening: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let (stop, mut stopped) = mpsc::channel(1);
    stop_on_signals(&stop)?;
    listening(listener.local_addr()?)?;
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let accepting = task::spawn(accept_all(listener, Arc::clone(&places), checker));
    stopped.recv().await;
    accepting.abort();
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    // Whoever takes longer has been given enough time.
    drop(time::timeout(FAREWELL, places.acquire_many(all)).await);
    Ok(())
}

/// Tells `stop` of SIGTERM and SIGINT. Whichever comes first is the one that counts.
#[cfg(unix)]
fn stop_on_signals(stop: &mpsc::Sender<()>) -> io::Result<()> {
    use tokio::signal::unix::SignalKind;
    use tokio::signal::unix::signal;
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (mut signals, stop) = (signal(kind)?, stop.clone());
        drop(task::spawn(async move {
            signals.recv().await;
            stop.try_send(()).ok();
        }));
    }
    Ok(())
}

/// Tells `stop` of Ctrl-C.
#[cfg(not(unix))]
fn stop_on_signals(stop: &mpsc::Sender<()>) -> io::Result<()> {
    let stop = stop.clone();
    drop(task::spawn(async move {
        tokio::signal::ctrl_c().await.ok();
        stop.try_send(()).ok();
    }));
    Ok(())
}

/// A connection, and whether its request has arrived.
struct Guest {
    connection: AbortHandle,
    has_asked: Arc<AtomicBool>,
}

/// Accepts connections, as many at a time as there are `places`.
async fn accept_all(listener: TcpListener, places: Arc<Semaphore>, checker: Arc<Checker>) {
    // In the order in which they came.
    let mut guests: Vec<Guest> = Vec::new();
    loop {
        let accepted = listener.accept().await;
        guests.retain(|guest| !guest.connection.is_finished());
        // With an error there may be too many open files.
        if (accepted.is_err() || places.available_permits() == 0)
            && let Some(slowest) = guests.iter().position(|guest| !guest.has_asked.load(Relaxed))
        {
            guests.remove(slowest).connection.abort();
        }
        let Ok((stream, _)) = accepted else {
            // Or a client that is gone already: others may do better.
            time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let has_asked = Arc::new(AtomicBool::new(false));
        let answered = answer(stream, Arc::clone(&checker), Arc::clone(&has_asked));
        let connection = task::spawn(async move {
            answered.await;
            drop(place);
        });
        guests.push(Guest { connection: connection.abort_handle(), has_asked });
    }
}

/// Answers one request of a connection.
async fn answer(stream: TcpStream, checker: Arc<Checker>, has_asked: Arc<AtomicBool>) {
    let service = service_fn(move |request: Request<Incoming>| {
        has_asked.store(true, Relaxed);
        let checker = Arc::clone(&checker);
        async move { Ok::<_, Infallible>(respond(&request, checker).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_PATIENCE)
        .max_buf_size(LONGEST_REQUEST)
        // An idle connection would keep its place from others.
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // What goes wrong here, or takes too long, concerns that client only.
    drop(time::timeout(PATIENCE, connection).await);
}

async fn respond(request: &Request<Incoming>, checker: Arc<Checker>) -> Response<Full<Bytes>> {
    const TEXT: &str = "text/plain; charset=utf-8";
    let path = request.uri().path();
    if !["/livez", "/readyz", "/metrics"].contains(&path) {
        let text = "there are /livez, /readyz and /metrics\n";
        return response(StatusCode::NOT_FOUND, TEXT, text.to_owned());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused =
            response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n".to_owned());
        refused.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
        return refused;
    }
    if path == "/livez" {
        return response(StatusCode::OK, TEXT, "ok\n".to_owned());
    }
    let Some(snapshot) = current(Arc::clone(&checker)).await else {
        let text = "the look was broken off\n";
        return response(StatusCode::INTERNAL_SERVER_ERROR, TEXT, text.to_owned());
    };
    if path == "/metrics" {
        let text = metrics::text(&snapshot, &checker.counting);
        return response(StatusCode::OK, metrics::CONTENT_TYPE, text);
    }
    let status = match snapshot.is_healthy() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    response(status, "application/json", format!("{:#}\n", snapshot.json()))
}

async fn current(checker: Arc<Checker>) -> Option<Arc<Snapshot>> {
    if let Some(snapshot) = checker.fresh() {
        return Some(snapshot);
    }
    task::spawn_blocking(move || checker.check()).await.ok()
}

fn response(status: StatusCode, content_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let content_type = header::HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    let no_store = header::HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}
