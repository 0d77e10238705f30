package wirebook.engine.http;

import java.time.Duration;
import java.time.Instant;

/**
 * When what was reached, counted from the exchange's start; zero for a step that was not needed.
 *
 * @param start on the network's clock
 * @param queued the exchange had waited for a connection, or for leave to open one
 * @param nameLookup the address was known
 * @param connect the TCP connection stood
 * @param tls the TLS handshake was done
 * @param sent the request had been sent
 * @param firstByte the response began
 * @param total everything was there
 */
public record HttpTiming(
    Instant start,
    Duration queued,
    Duration nameLookup,
    Duration connect,
    Duration tls,
    Duration sent,
    Duration firstByte,
    Duration total) {}
