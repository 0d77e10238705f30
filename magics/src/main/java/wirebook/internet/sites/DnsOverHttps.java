package wirebook.internet.sites;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.AuthoritativeServer.Transport;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.trace.Bytes;

/**
 * DNS over HTTPS (RFC 8484) at {@code /dns-query}, and the JSON form that Google and Cloudflare
 * answer there and at {@code /resolve}.
 */
record DnsOverHttps(DnsListener.Service service) implements Endpoint {
  private static final String MESSAGE = "application/dns-message";
  private static final String JSON = "application/dns-json";

  @Override
  public Response handle(Request request) throws Exception {
    boolean get = request.method().equals("GET");
    boolean json =
        request.path().equals("/resolve")
            || request.header("accept").filter(a -> a.contains(JSON)).isPresent();
    if (!request.path().equals("/dns-query") && !request.path().equals("/resolve")) {
      return Response.status(404);
    }
    if (get && json && request.query("name").isPresent()) {
      return json(request.query("name").get(), request.query("type").orElse("A"));
    }
    Bytes query;
    if (get) {
      Optional<String> text = request.query("dns");
      if (text.isEmpty()) {
        return Response.text("a query is missing: ?dns=, in base64url\n").withStatus(400);
      }
      try {
        query = Bytes.of(Base64.getUrlDecoder().decode(text.get()));
      } catch (IllegalArgumentException e) {
        return Response.text("?dns= is no base64url\n").withStatus(400);
      }
    } else if (!request.method().equals("POST")) {
      return Response.status(405).with("Allow", "GET, POST");
    } else if (!request.mediaType().equals(MESSAGE)) {
      return Response.text("the content has to be " + MESSAGE + "\n").withStatus(415);
    } else {
      query = request.body();
    }
    Optional<Bytes> reply = ask(query);
    return reply.isEmpty()
        ? Response.text("no DNS query\n").withStatus(400)
        : Response.of(MESSAGE, reply.get())
            .with("Cache-Control", "max-age=" + age(new Message(reply.get().toArray())));
  }

  private Optional<Bytes> ask(Bytes query) throws InterruptedException {
    return service.answer(query, Transport.TCP, InetAddress.getLoopbackAddress()).stream()
        .findFirst();
  }

  /** RFC 8484, 5.1: no longer than the records hold. */
  private static long age(Message reply) {
    return java.util.stream.Stream.of(Section.ANSWER, Section.AUTHORITY)
        .flatMap(s -> reply.getSection(s).stream())
        .mapToLong(Record::getTTL)
        .min()
        .orElse(0);
  }

  private Response json(String name, String type) throws InterruptedException, IOException {
    int wanted =
        type.matches("\\d{1,5}")
            ? Integer.parseInt(type)
            : Type.value(type.toUpperCase(Locale.ROOT));
    Message query;
    try {
      query =
          Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), wanted, DClass.IN));
    } catch (TextParseException | IllegalArgumentException e) {
      return Response.json(Map.of("error", "Invalid name or type")).withStatus(400);
    }
    query.addRecord(new OPTRecord(4096, 0, 0, 0), Section.ADDITIONAL);
    query.getHeader().setFlag(Flags.AD);
    Optional<Bytes> answer = ask(Bytes.of(query.toWire()));
    if (answer.isEmpty()) {
      return Response.status(400);
    }
    Message reply = new Message(answer.get().toArray());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("Status", reply.getRcode());
    json.put("TC", reply.getHeader().getFlag(Flags.TC));
    json.put("RD", reply.getHeader().getFlag(Flags.RD));
    json.put("RA", reply.getHeader().getFlag(Flags.RA));
    json.put("AD", reply.getHeader().getFlag(Flags.AD));
    json.put("CD", reply.getHeader().getFlag(Flags.CD));
    json.put(
        "Question",
        List.of(Map.of("name", query.getQuestion().getName().toString(), "type", wanted)));
    records(reply, Section.ANSWER).ifPresent(r -> json.put("Answer", r));
    records(reply, Section.AUTHORITY).ifPresent(r -> json.put("Authority", r));
    return Response.json(json).with("Content-Type", JSON);
  }

  private static Optional<List<Object>> records(Message reply, int section) {
    List<Object> all = new ArrayList<>();
    for (Record record : reply.getSection(section)) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", record.getName().toString());
      one.put("type", record.getType());
      one.put("TTL", record.getTTL());
      one.put("data", record.rdataToString());
      all.add(one);
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(all);
  }
}
