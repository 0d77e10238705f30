package wirebook.engine.dns.resolver;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import wirebook.net.NetworkClock;

/**
 * What all questions to a resolver have in common.
 *
 * @param onLoopback whether all servers may be on this machine: it is a test bench
 * @param heard whether any server ever answered
 */
record Means(
    Delegation hints,
    Set<Feature> features,
    Upstream upstream,
    NetworkClock clock,
    RandomGenerator ids,
    Queries queries,
    Cache cache,
    Servers servers,
    Denials denials,
    boolean onLoopback,
    AtomicBoolean heard) {
  boolean has(Feature feature) {
    return features.contains(feature);
  }
}
