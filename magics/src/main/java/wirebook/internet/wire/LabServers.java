package wirebook.internet.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.OptionalInt;
import wirebook.internet.time.Fabric;
import wirebook.internet.topology.Topology;
import wirebook.trace.Bytes;
import wirebook.trace.Event;

/** What answers at the addresses of the lab, as its packets find it. */
public interface LabServers {
  /** The loopback port behind an address, for who asks from another host. */
  Optional<Integer> port(Topology.Node node, InetSocketAddress to, Event.Transport protocol)
      throws IOException;

  /** The loopback port of what a host, if it is one, serves to itself over TCP. */
  OptionalInt ownPort(String host, InetSocketAddress to) throws IOException;

  /** Whether a name server of the lab answers there. */
  boolean answersAt(InetSocketAddress to);

  /** The name server there, once somebody has asked it. */
  Optional<NameServer> nameServer(InetSocketAddress to);

  /** Whether a firewall stands between two hosts. */
  boolean apart(String from, String to);

  /** One that can be asked without a socket. */
  interface NameServer {
    /**
     * @param arrival lab nanoseconds
     */
    void ask(Bytes query, InetSocketAddress client, long arrival, Fabric.Receiver receiver);
  }
}
