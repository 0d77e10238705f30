package wirebook.engine.http.server.httpbin;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import wirebook.engine.http.server.Headers;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.JsonForm;
import wirebook.engine.http.server.MediaTypes;
import wirebook.engine.http.server.Parameters;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/** httpbin's dynamic data: delays, streams, random bytes, ranges and links. */
record HttpbinDynamic(NetworkClock clock) {
  private static final int MOST_RANDOM = 100 * 1024;

  private static final int MOST_DRIPPED = 10 * 1024 * 1024;

  void add(Routes routes) {
    routes.add(
        HttpbinEcho.ALL,
        "/delay/{seconds}",
        request -> {
          clock.sleep(seconds(request.parameter("seconds"), 10));
          return HttpbinEcho.echo(
              request, "url", "args", "form", "data", "origin", "headers", "files");
        });
    routes.get("/drip", this::drip);
    routes.get("/stream/{n:int}", HttpbinDynamic::stream);
    routes.get(
        "/base64/{value}",
        request ->
            Response.html(
                HttpbinAuth.base64(padded(request.parameter("value")), Base64.getUrlDecoder())
                    .filter(Bytes::isUtf8)
                    .map(Bytes::text)
                    .orElse("Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l")));
    routes.get(
        "/bytes/{n:int}", request -> Response.of(MediaTypes.OCTETS, Bytes.of(random(request))));
    routes.get(
        "/stream-bytes/{n:int}",
        request -> {
          byte[] bytes = random(request);
          int chunk = chunkSize(request);
          return Response.stream(
              MediaTypes.OCTETS,
              out -> {
                for (int at = 0; at < bytes.length; at += chunk) {
                  out.write(bytes, at, Math.min(chunk, bytes.length - at));
                  out.flush();
                }
              });
        });
    routes.get("/range/{n:int}", this::range);
    routes.get(
        "/links/{n:int}",
        request ->
            HttpbinRedirects.moved("/links/" + new BigInteger(request.parameter("n")) + "/0"));
    routes.get("/links/{n:int}/{offset:int}", HttpbinDynamic::links);
  }

  /** Base64 without its padding is not taken, as Python's decoder does not take it. */
  private static String padded(String value) {
    return value.length() % 4 == 0 ? value : "*";
  }

  private static Duration seconds(String text, double most) {
    double seconds = Double.parseDouble(text.strip());
    if (!(seconds >= 0)) {
      throw new HttpError(400, "a time in seconds cannot be " + text);
    }
    return Duration.ofNanos((long) (Math.min(seconds, most) * 1e9));
  }

  private static Optional<String> argument(Request request, String name) {
    return request.query().list().stream()
        .filter(p -> p.name().equalsIgnoreCase(name))
        .map(Parameters.Parameter::value)
        .findFirst();
  }

  private Response drip(Request request) throws InterruptedException {
    Duration duration = seconds(argument(request, "duration").orElse("2"), 3600);
    int count =
        (int)
            Math.min(
                Long.parseLong(argument(request, "numbytes").orElse("10").strip()), MOST_DRIPPED);
    int code = HttpbinStatus.code(argument(request, "code").orElse("200"));
    if (count <= 0) {
      return HttpbinStatus.plain(400, "number of bytes must be positive")
          .with("Content-Type", "text/plain; charset=utf-8");
    }
    clock.sleep(seconds(argument(request, "delay").orElse("0"), 3600));
    return new Response(
        code,
        Headers.of("Content-Type", MediaTypes.OCTETS),
        code == 204 || code == 304
            ? new Response.Content.Whole(Bytes.EMPTY)
            : new Response.Content.Streamed(
                OptionalLong.of(count),
                out -> {
                  long start = clock.nanoTime();
                  for (int i = 0; i < count; i++) {
                    out.write('*');
                    out.flush();
                    sleepUntil(start + duration.toNanos() * (i + 1) / count);
                  }
                }));
  }

  private void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - clock.nanoTime();
    if (left > 0) {
      clock.sleep(Duration.ofNanos(left));
    }
  }

  private static Response stream(Request request) throws IOException {
    Map<String, Object> told = HttpbinEcho.told(request, "url", "args", "headers", "origin");
    int n = number(request.parameter("n"), 100);
    return Response.stream(
        "application/json",
        out -> {
          for (int i = 0; i < n; i++) {
            told.put("id", i);
            out.write((JsonForm.oneLine(told) + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
          }
        });
  }

  private static int number(String digits, int most) {
    return new BigInteger(digits).min(BigInteger.valueOf(most)).intValue();
  }

  private static byte[] random(Request request) {
    byte[] bytes = new byte[number(request.parameter("n"), MOST_RANDOM)];
    Optional<String> seed = argument(request, "seed");
    if (seed.isPresent()) {
      MersenneTwister random = new MersenneTwister(new BigInteger(seed.get().strip()));
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) random.nextByte();
      }
    } else {
      ThreadLocalRandom.current().nextBytes(bytes);
    }
    return bytes;
  }

  private static int chunkSize(Request request) {
    return argument(request, "chunk_size")
        .map(size -> Math.clamp(Long.parseLong(size.strip()), 1, MOST_RANDOM))
        .orElse(10 * 1024);
  }

  private Response range(Request request) {
    int total = number(request.parameter("n"), Integer.MAX_VALUE);
    Headers identity = Headers.of("ETag", "range" + total, "Accept-Ranges", "bytes");
    if (total <= 0 || total > MOST_RANDOM) {
      return new Response(
          404,
          identity.plus("Content-Type", "text/plain; charset=utf-8"),
          new Response.Content.Whole(
              Bytes.utf8("number of bytes must be in the range (0, 102400]")));
    }
    int chunk = chunkSize(request);
    long perByte = seconds(argument(request, "duration").orElse("0"), 3600).toNanos() / total;
    int first = 0;
    int last = total - 1;
    String[] bounds =
        request
            .header("Range")
            .map(String::strip)
            .filter(r -> r.startsWith("bytes="))
            .orElse("=")
            .split("=", -1);
    String[] ends = bounds.length == 2 ? bounds[1].split("-", -1) : new String[0];
    if (ends.length >= 2) {
      Optional<Integer> from = integer(ends[0]);
      Optional<Integer> to = integer(ends[1]);
      if (from.isPresent()) {
        first = from.get();
        last = to.orElse(last);
      } else if (to.isPresent()) {
        first = Math.max(0, total - to.get());
      }
    }
    if (first > last || first >= total || last >= total) {
      return new Response(
          416,
          identity
              .plus("Content-Type", "text/plain; charset=utf-8")
              .plus("Content-Range", "bytes */" + total),
          new Response.Content.Whole(Bytes.EMPTY));
    }
    int from = first;
    int to = last;
    return new Response(
        from == 0 && to == total - 1 ? 200 : 206,
        identity
            .plus("Content-Type", MediaTypes.OCTETS)
            .plus("Content-Range", "bytes " + from + "-" + to + "/" + total),
        new Response.Content.Streamed(
            OptionalLong.of(to - from + 1),
            out -> {
              long start = clock.nanoTime();
              for (int i = from; i <= to; i++) {
                out.write('a' + i % 26);
                int sent = i - from + 1;
                if (sent % chunk == 0 || i == to) {
                  sleepUntil(start + perByte * sent);
                  out.flush();
                }
              }
            }));
  }

  private static Optional<Integer> integer(String text) {
    try {
      return Optional.of(Integer.parseInt(text.strip()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Response links(Request request) {
    int n = Math.max(1, number(request.parameter("n"), 200));
    BigInteger offset = new BigInteger(request.parameter("offset"));
    StringBuilder page = new StringBuilder("<html><head><title>Links</title></head><body>");
    for (int i = 0; i < n; i++) {
      page.append(
          BigInteger.valueOf(i).equals(offset)
              ? i + " "
              : "<a href='/links/" + n + "/" + i + "'>" + i + "</a> ");
    }
    return Response.html(page.append("</body></html>").toString());
  }
}
