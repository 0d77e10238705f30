package wirebook.engine.socket;

import java.util.List;

/**
 * What {@code %ip} showed.
 *
 * @param text as ip prints it
 */
public record IpResult(List<IpObject> objects, String text) {
  public IpResult {
    objects = List.copyOf(objects);
  }

  public List<IpObject.Link> links() {
    return of(IpObject.Link.class);
  }

  public List<IpObject.Address> addresses() {
    return of(IpObject.Address.class);
  }

  public List<IpObject.Route> routes() {
    return of(IpObject.Route.class);
  }

  public List<IpObject.Neighbour> neighbours() {
    return of(IpObject.Neighbour.class);
  }

  /** The ranges that {@code %ip calc} computed. */
  public List<Cidr> ranges() {
    return of(IpObject.Range.class).stream().map(IpObject.Range::cidr).toList();
  }

  private <T extends IpObject> List<T> of(Class<T> kind) {
    return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  @Override
  public String toString() {
    return text;
  }
}
