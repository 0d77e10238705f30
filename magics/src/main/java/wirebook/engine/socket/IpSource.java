package wirebook.engine.socket;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import wirebook.trace.Bytes;

/** Whose interfaces and routes are shown. Families are 4, 6, or 0 for both. */
public interface IpSource {
  List<IpObject.Link> links() throws IOException;

  List<IpObject.Address> addresses(int family) throws IOException;

  List<IpObject.Route> routes(int family) throws IOException;

  /**
   * The route that a packet takes.
   *
   * @throws IOException with the system's reason when there is none
   */
  IpObject.Route routeTo(Bytes address) throws IOException;

  List<IpObject.Neighbour> neighbours(int family) throws IOException;

  /** This machine's. */
  static IpSource system() {
    return new IpSource() {
      private static int number(int family) {
        return family == 6 ? RouteNetlink.AF_INET6 : family == 4 ? RouteNetlink.AF_INET : 0;
      }

      @Override
      public List<IpObject.Link> links() throws IOException {
        return RouteNetlink.links();
      }

      @Override
      public List<IpObject.Address> addresses(int family) throws IOException {
        return RouteNetlink.addresses(number(family));
      }

      @Override
      public List<IpObject.Route> routes(int family) throws IOException {
        return RouteNetlink.routes(number(family));
      }

      @Override
      public IpObject.Route routeTo(Bytes address) throws IOException {
        return RouteNetlink.routeTo(address);
      }

      @Override
      public List<IpObject.Neighbour> neighbours(int family) throws IOException {
        return RouteNetlink.neighbours(number(family));
      }
    };
  }

  /** A host that is described, such as one of the lab. */
  record Described(
      List<IpObject.Link> links,
      List<IpObject.Address> allAddresses,
      List<IpObject.Route> allRoutes,
      List<IpObject.Neighbour> allNeighbours)
      implements IpSource {
    public Described {
      links = List.copyOf(links);
      allAddresses = List.copyOf(allAddresses);
      allRoutes = List.copyOf(allRoutes);
      allNeighbours = List.copyOf(allNeighbours);
    }

    @Override
    public List<IpObject.Address> addresses(int family) {
      return allAddresses.stream().filter(a -> fits(a.local(), family)).toList();
    }

    @Override
    public List<IpObject.Route> routes(int family) {
      return allRoutes.stream().filter(r -> family == 0 || (family == 6) == r.six()).toList();
    }

    @Override
    public List<IpObject.Neighbour> neighbours(int family) {
      return allNeighbours.stream().filter(n -> fits(n.address(), family)).toList();
    }

    private static boolean fits(Bytes address, int family) {
      return family == 0 || (family == 6) == (address.length() == 16);
    }

    /** By the longest prefix, then the lowest metric. */
    @Override
    public IpObject.Route routeTo(Bytes address) throws IOException {
      Cidr to = Cidr.of(address, 8 * address.length());
      Optional<IpObject.Address> own =
          allAddresses.stream().filter(a -> a.local().equals(address)).findFirst();
      if (own.isPresent()) {
        return found(address, 2, Optional.empty(), 1, Optional.of(address), 0x80000000L);
      }
      IpObject.Route best =
          allRoutes.stream()
              .filter(r -> r.range().contains(to))
              .max(
                  Comparator.comparingInt((IpObject.Route r) -> r.range().bits())
                      .thenComparingLong(r -> -r.metric().orElse(0)))
              .orElseThrow(() -> new IOException("Network is unreachable"));
      int device = best.device().orElse(0);
      Optional<Bytes> source =
          best.source()
              .or(
                  () ->
                      allAddresses.stream()
                          .filter(a -> a.index() == device && a.scope() == 0)
                          .map(IpObject.Address::local)
                          .filter(a -> a.length() == address.length())
                          .findFirst());
      return found(address, 1, best.gateway(), device, source, 0);
    }

    private static IpObject.Route found(
        Bytes to,
        int type,
        Optional<Bytes> gateway,
        int device,
        Optional<Bytes> source,
        long flags) {
      boolean six = to.length() == 16;
      return new IpObject.Route(
          six,
          to,
          8 * to.length(),
          type,
          IpFormat.MAIN,
          3,
          0,
          flags,
          six ? Optional.of(Bytes.of(new byte[16])) : Optional.empty(),
          gateway,
          OptionalInt.of(device),
          source,
          six ? OptionalLong.of(1024) : OptionalLong.empty(),
          OptionalLong.empty(),
          six ? OptionalLong.empty() : OptionalLong.of(0),
          true,
          six ? OptionalInt.of(0) : OptionalInt.empty(),
          List.of());
    }
  }
}
