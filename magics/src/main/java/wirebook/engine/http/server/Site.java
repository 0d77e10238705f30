package wirebook.engine.http.server;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What answers on a listener, and how: it can be exchanged for another while requests are under
 * way, which end where they began.
 */
record Site(
    String description,
    Endpoint endpoint,
    Knobs knobs,
    AccessLog log,
    RateLimit rateLimit,
    AtomicInteger inFlight,
    Instant since) {}
