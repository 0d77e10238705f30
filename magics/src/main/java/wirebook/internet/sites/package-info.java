/**
 * What answers at the addresses of the lab: name servers, DNS over TLS and HTTPS, web sites,
 * registries, replicas, and what the notebook publishes.
 */
@NullMarked
package wirebook.internet.sites;

import org.jspecify.annotations.NullMarked;
