package wirebook.engine.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.codec.Digests;

/** Signs requests for Amazon's and compatible services: Signature Version 4. */
public final class AwsSigV4 {
  private AwsSigV4() {}

  /**
   * What is signed; texts are byte text.
   *
   * @param parameters {@code provider1[:provider2[:region[:service]]]}, empty for Amazon's
   * @param hostHeader the whole {@code Host:} line that will be sent, if not a custom one
   * @param headers the command line's own
   * @param payload what is posted, if it is known
   * @param stamp {@code 20130524T000000Z}
   */
  public record Request(
      String parameters,
      String user,
      String secret,
      String method,
      String host,
      String path,
      String query,
      Optional<String> hostHeader,
      List<String> headers,
      Optional<String> payload,
      boolean emptyBody,
      String stamp) {
    public Request {
      headers = List.copyOf(headers);
    }
  }

  /** The header lines to add, each with CRLF. */
  public static String sign(Request r) throws HttpFailure {
    String[] words = (r.parameters.isEmpty() ? "aws:amz" : r.parameters).split(":", -1);
    String provider0 = words[0];
    String provider1 = words.length > 1 && !words[1].isEmpty() ? words[1] : provider0;
    if (provider0.isEmpty()) {
      throw new HttpFailure(
          CurlCode.BAD_FUNCTION_ARGUMENT, "first aws-sigv4 provider cannot be empty");
    }
    String[] labels = r.host.split("\\.", 3);
    String service = words.length > 3 ? words[3] : "";
    String region = words.length > 2 ? words[2] : "";
    if (service.isEmpty()) {
      if (labels.length < 2) {
        throw new HttpFailure(
            CurlCode.URL_MALFORMAT, "aws-sigv4: service missing in parameters and hostname");
      }
      service = labels[0];
      if (region.isEmpty()) {
        if (labels.length < 3) {
          throw new HttpFailure(
              CurlCode.URL_MALFORMAT, "aws-sigv4: region missing in parameters and hostname");
        }
        region = labels[1];
      }
    }
    String p1 = provider1.toLowerCase(Locale.ROOT);
    boolean s3 =
        provider0.equalsIgnoreCase("aws") && p1.equals("amz") && service.equalsIgnoreCase("s3");
    String shaName = "x-" + p1 + "-content-sha256";
    Optional<String> givenHash = find(r.headers, shaName).map(ByteText::headerValue);
    String shaHeader = "";
    String hash;
    if (givenHash.isPresent()) {
      hash = givenHash.get();
    } else if (s3) {
      hash =
          r.emptyBody || r.payload.isPresent() ? sha256(r.payload.orElse("")) : "UNSIGNED-PAYLOAD";
      shaHeader = shaName + ": " + hash;
    } else {
      hash = sha256(r.payload.orElse(""));
    }
    String dateName = "X-" + Character.toUpperCase(p1.charAt(0)) + p1.substring(1) + "-Date";
    List<String> signed = new ArrayList<>();
    if (find(r.headers, "Host").isEmpty()) {
      r.hostHeader.ifPresent(signed::add);
    }
    if (!shaHeader.isEmpty()) {
      signed.add(shaHeader);
    }
    for (String header : r.headers) {
      int colon = header.indexOf(':');
      int sep = colon >= 0 ? colon : header.indexOf(';');
      if (sep < 0 || (header.charAt(sep) == ':' && sep + 1 == header.length())) {
        continue;
      }
      String value = header.substring(sep + 1);
      if (!value.isEmpty() && ByteText.trimBlanks(value).isEmpty()) {
        continue;
      }
      signed.add(header.substring(0, sep) + ":" + value);
    }
    List<String> clean =
        signed.stream()
            .map(
                h -> {
                  int c = h.indexOf(':');
                  return ByteText.lower(h.substring(0, c))
                      + ":"
                      + ByteText.trimBlanks(h.substring(c + 1)).replaceAll("[ \t]+", " ");
                })
            .collect(Collectors.toCollection(ArrayList::new));
    String stamp = r.stamp;
    String dateHeader = "";
    Optional<String> date = find(r.headers, dateName).or(() -> find(r.headers, "Date"));
    if (date.isEmpty()) {
      clean.add("x-" + p1 + "-date:" + stamp);
      dateHeader = dateName + ": " + stamp + "\r\n";
    } else {
      String value = ByteText.headerValue(date.get());
      int end = 0;
      while (end < value.length() && ByteText.isAlnum(value.charAt(end))) {
        end++;
      }
      stamp = end == 16 ? value.substring(0, 16) : "";
    }
    clean.sort(Comparator.comparing(h -> h.substring(0, h.indexOf(':'))));
    for (int i = 0; i + 1 < clean.size(); ) {
      String name = clean.get(i).substring(0, clean.get(i).indexOf(':') + 1);
      if (clean.get(i + 1).startsWith(name)) {
        clean.set(i, clean.get(i) + "," + clean.remove(i + 1).substring(name.length()));
      } else {
        i++;
      }
    }
    String names =
        clean.stream().map(h -> h.substring(0, h.indexOf(':'))).collect(Collectors.joining(";"));
    boolean encodePath = !List.of("s3", "s3-express", "s3-outposts").contains(service);
    String path = encodePath ? encodePath(r.path) : r.path;
    String canonical =
        r.method
            + "\n"
            + (path.isEmpty() ? "/" : path)
            + "\n"
            + canonicalQuery(r.query)
            + "\n"
            + String.join("\n", clean)
            + "\n\n"
            + names
            + "\n"
            + hash;
    String day = stamp.length() >= 8 ? stamp.substring(0, 8) : "";
    String p0 = provider0.toLowerCase(Locale.ROOT);
    String requestType = p0 + "4_request";
    String scope = day + "/" + region + "/" + service + "/" + requestType;
    String algorithm = p0.toUpperCase(Locale.ROOT) + "4-HMAC-SHA256";
    String toSign = algorithm + "\n" + stamp + "\n" + scope + "\n" + sha256(canonical);
    byte[] key = ByteText.bytes(p0.toUpperCase(Locale.ROOT) + "4" + r.secret);
    for (String step : List.of(day, region, service, requestType)) {
      key = hmac(key, step);
    }
    String signature = HexFormat.of().formatHex(hmac(key, toSign));
    return "Authorization: "
        + algorithm
        + " Credential="
        + r.user
        + "/"
        + scope
        + ", SignedHeaders="
        + names
        + ", Signature="
        + signature
        + "\r\n"
        + dateHeader
        + (shaHeader.isEmpty() ? "" : shaHeader + "\r\n");
  }

  private static Optional<String> find(List<String> headers, String name) {
    return headers.stream()
        .filter(
            h ->
                ByteText.startsWithIgnoreCase(h, name)
                    && h.length() > name.length()
                    && ":;".indexOf(h.charAt(name.length())) >= 0)
        .findFirst();
  }

  private static String encodePath(String path) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      out.append(ByteText.isUnreserved(c) || c == '/' ? String.valueOf(c) : ByteText.percent(c));
    }
    return out.toString();
  }

  static String canonicalQuery(String query) {
    record Pair(String key, String value) {}
    return Arrays.stream(query.split("&"))
        .filter(p -> !p.isEmpty())
        .map(
            p -> {
              int equals = p.indexOf('=');
              return equals < 0
                  ? new Pair(normal(p), "")
                  : new Pair(normal(p.substring(0, equals)), normal(p.substring(equals + 1)));
            })
        .sorted(Comparator.comparing(Pair::key).thenComparing(Pair::value))
        .map(p -> p.key + "=" + p.value)
        .collect(Collectors.joining("&"));
  }

  private static String normal(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean escaped =
          c == '%'
              && i + 2 < text.length()
              && ByteText.isHex(text.charAt(i + 1))
              && ByteText.isHex(text.charAt(i + 2));
      if (escaped) {
        c = (char) Integer.parseInt(text.substring(i + 1, i + 3), 16);
        i += 2;
      }
      if (ByteText.isUnreserved(c)) {
        out.append(c);
      } else {
        out.append(c == '+' && !escaped ? "%20" : ByteText.percent(c));
      }
    }
    return out.toString();
  }

  private static String sha256(String byteText) {
    return HexFormat.of().formatHex(Digests.of("SHA-256", ByteText.bytes(byteText)));
  }

  private static byte[] hmac(byte[] key, String byteText) {
    return Digests.mac("HmacSHA256", key, ByteText.bytes(byteText));
  }
}
