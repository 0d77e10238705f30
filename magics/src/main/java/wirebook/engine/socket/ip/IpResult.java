package wirebook.engine.socket.ip;

import java.util.List;
import wirebook.engine.socket.Cidr;

/**
 * What {@code %ip} showed.
 *
 * @param text as ip prints it
 * @param error what ip writes on standard error, or empty
 * @param status the status that ip ends with
 */
public record IpResult(List<IpObject> objects, String text, String error, int status) {
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

  public List<IpObject.Rule> rules() {
    return of(IpObject.Rule.class);
  }

  public List<IpObject.Neighbour> neighbours() {
    return of(IpObject.Neighbour.class);
  }

  /** The routes that {@code route get} chose from, the one that was taken first. */
  public List<IpObject.Candidate> candidates() {
    return of(IpObject.Candidate.class);
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
