package wirebook.internet;

import java.net.InetAddress;
import java.util.Optional;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Routing;
import wirebook.trace.Bytes;

/** How long a large network takes to load, and a packet to find its way through 60 routers. */
final class NetworkBenchmark {
  private static final int ROUNDS = 5;

  private NetworkBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    try (Lab lab = Internets.lab(LabClock.running())) {
      for (int i = 0; i < ROUNDS; i++) {
        long start = System.nanoTime();
        lab.load(many(40, 250), false).forEach(m -> System.out.println(m));
        lab.world().kernel("pc0.0");
        long loaded = System.nanoTime();
        Routing.Outcome way = send(lab, "pc0.0", "10.39.0.12");
        System.out.printf(
            "10000 hosts at 40 routers: %.0f ms to load, %.1f ms for the first packet (%s)%n",
            (loaded - start) / 1e6,
            (System.nanoTime() - loaded) / 1e6,
            way.getClass().getSimpleName());
      }
      long start = System.nanoTime();
      lab.load(many(1, 10_000), false).forEach(m -> System.out.println(m));
      System.out.printf("10000 hosts at one router: %.0f ms%n", (System.nanoTime() - start) / 1e6);
      lab.load(many(60, 1), false);
      for (int i = 0; i < ROUNDS; i++) {
        start = System.nanoTime();
        int steps = 0;
        int packets = 1000;
        for (int j = 0; j < packets; j++) {
          lab.world().routing().changed();
          steps = send(lab, "pc0.0", "10.59.0.10").steps().size();
        }
        long walked = System.nanoTime();
        for (int j = 0; j < packets; j++) {
          send(lab, "pc0.0", "10.59.0.10");
        }
        System.out.printf(
            "a path of %d steps: %.1f us walked, %.2f us known%n",
            steps, (walked - start) / 1e3 / packets, (System.nanoTime() - walked) / 1e3 / packets);
      }
    }
  }

  private static Routing.Outcome send(Lab lab, String from, String to) {
    return lab.world()
        .routing()
        .send(from, Optional.empty(), Bytes.of(InetAddress.ofLiteral(to).getAddress()), 60);
  }

  private static String many(int routers, int hosts) {
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < routers; r++) {
      text.append("router r%d 10.%d.0.1/16%n".formatted(r, r));
      text.append(r == 0 ? "" : "link r%d r%d 1ms%n".formatted(r - 1, r));
      for (int h = 0; h < hosts; h++) {
        int number = h + 10;
        text.append(
            "host pc%d.%d 10.%d.%d.%d/16 at r%d 1ms%n"
                .formatted(r, h, r, number / 250, number % 250 + 2, r));
      }
    }
    return text.toString();
  }
}
