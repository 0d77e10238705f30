package wirebook.engine.dns.dig;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsQuery;
import wirebook.engine.dns.Tsig;

/** A lookup under way. */
final class Running {
  final Lookup lookup;
  final DnsName name;
  final DnsQuery query;
  final Optional<Tsig> signature;

  /** The servers that were not asked yet. */
  final Deque<Server> rest;

  Running(Lookup lookup, DnsName name, DnsQuery query, Optional<Tsig> signature) {
    this.lookup = lookup;
    this.name = name;
    this.query = query;
    this.signature = signature;
    this.rest = new ArrayDeque<>(lookup.servers);
  }
}
