package wirebook.engine.http;

import java.time.Duration;

/**
 * When what was reached, counted from the exchange's start; zero for a step that was not needed.
 *
 * @param nameLookup the address was known
 * @param connect the TCP connection stood
 * @param tls the TLS handshake was done
 * @param sent the request had been sent
 * @param firstByte the response began
 * @param total everything was there
 */
public record HttpTiming(
    Duration nameLookup,
    Duration connect,
    Duration tls,
    Duration sent,
    Duration firstByte,
    Duration total) {}
