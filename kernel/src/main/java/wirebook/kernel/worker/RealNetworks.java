package wirebook.kernel.worker;

import java.util.List;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.RealNetwork;

/** The machine's network alone. */
final class RealNetworks implements Networks {
  private final Network real = new RealNetwork();

  @Override
  public Network current() {
    return real;
  }

  @Override
  public List<String> names() {
    return List.of(real.name());
  }

  @Override
  public Network use(String name) {
    if (!name.equals(real.name())) {
      throw new IllegalArgumentException(name);
    }
    return real;
  }
}
