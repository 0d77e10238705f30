package wirebook.magics.lab;

import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.ip.IpCommand;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.NetworkMap;
import wirebook.internet.topology.Topology;
import wirebook.render.MapPicture;
import wirebook.render.Picture;
import wirebook.spi.Html;
import wirebook.spi.MagicCall;
import wirebook.spi.MimeBundle;
import wirebook.spi.Word;

/** {@code %internet map}: the network as a picture and as text, and what one node of it has. */
final class InternetMap {
  private static final int MOST_FOLDS = 80;
  private static final int MOST_ROUTES = 16;
  private static final String SUMMARY = "cursor:pointer;color:var(--jp-content-link-color,#1b5fb4)";
  private static final String PRE =
      "margin:4px 0 8px 18px;white-space:pre-wrap;overflow-wrap:anywhere";

  private InternetMap() {}

  static NetworkMap show(MagicCall call, Internets internets) {
    NetworkMap map = internets.lab().map(internets.host());
    String text = MapPicture.text(map);
    if (call.inCell()) {
      Picture picture = MapPicture.of(map);
      call.display()
          .show(
              MimeBundle.text(text)
                  .with(
                      MimeBundle.HTML,
                      picture.bundle().data().get(MimeBundle.HTML)
                          + folds(internets.lab(), map).toString()));
    } else {
      call.out().print(text);
    }
    return map;
  }

  private static Html folds(Lab lab, NetworkMap map) {
    List<String> nodes =
        map.rows().stream()
            .flatMap(
                r ->
                    java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(r.name()),
                        r.subnets().stream()
                            .flatMap(s -> s.hosts().stream())
                            .map(NetworkMap.Place::name)))
            .limit(MOST_FOLDS)
            .toList();
    Html html = new Html();
    html.open("details")
        .element("summary", "Interfaces, routes and services of each machine", "style", SUMMARY);
    for (String node : nodes) {
      html.open("details", "style", "margin-left:18px")
          .element("summary", node, "style", SUMMARY)
          .element("pre", text(lab, node), "style", PRE)
          .close("details");
    }
    return html.close("details");
  }

  /** What a node has: its interfaces, routes and services, and how it is. */
  static void print(MagicCall call, Internets internets, Word name) {
    Optional<String> node = internets.lab().world().nodeNamed(name.text());
    if (node.isEmpty()) {
      throw call.wrong(
          "NET003",
          name,
          "the lab has no host " + name.text(),
          Internet.nearest(internets.lab(), name.text())
              .map(n -> "Did you mean " + n + "?")
              .orElse("%internet hosts lists them all."));
    }
    call.out().print(text(internets.lab(), node.get()));
  }

  private static String text(Lab lab, String name) {
    Topology.Node node = lab.topology().node(name).orElseThrow();
    StringBuilder text = new StringBuilder(name);
    text.append(
        switch (node) {
          case Topology.Router _ -> ", a router";
          case Topology.Host host -> host.does().isEmpty() ? "" : ", " + host.does();
        });
    text.append("; ").append(lab.world().condition(name).words()).append("\n\n");
    text.append(ip(lab, name, "-br", "addr")).append('\n');
    List<String> routes = ip(lab, name, "-4", "route").lines().toList();
    routes.stream().limit(MOST_ROUTES).forEach(r -> text.append(r).append('\n'));
    if (routes.size() > MOST_ROUTES) {
      text.append("… and ")
          .append(routes.size() - MOST_ROUTES)
          .append(" more: %ip -n ")
          .append(name)
          .append(" route\n");
    }
    List<String> services = lab.ports().inWords(name);
    if (!services.isEmpty()) {
      text.append('\n');
      services.forEach(s -> text.append("serves ").append(s).append('\n'));
    }
    return text.toString();
  }

  private static String ip(Lab lab, String name, String... words) {
    return IpCommand.run(lab.world().kernel(name), lab.world()::kernelNamed, List.of(words), false)
        .text();
  }
}
