package wirebook.kernel.cli;

import java.util.List;
import wirebook.net.Network;
import wirebook.net.Networks;
import wirebook.net.RealNetwork;

/** The networks of a shell command. */
final class ShellNetworks implements Networks {
  private final Network real = new RealNetwork();

  static Networks using(String name) {
    Networks networks = new ShellNetworks();
    networks.use(name);
    return networks;
  }

  @Override
  public Network current() {
    return real;
  }

  @Override
  public List<String> names() {
    return List.of("real");
  }

  @Override
  public Network use(String name) {
    if (!name.equals("real")) {
      throw new IllegalArgumentException("no network " + name);
    }
    return real;
  }
}
