package wirebook.engine.http.client;

import java.math.BigInteger;
import java.net.InetAddress;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpUrl;

/** Which hosts need no proxy: names with their subdomains, addresses, networks, or {@code *}. */
final class NoProxy {
  private NoProxy() {}

  static boolean matches(String host, String list) {
    if (host.isEmpty() || list.isEmpty()) {
      return false;
    }
    if (list.equals("*")) {
      return true;
    }
    boolean ip = HttpUrl.isLiteral(host);
    String name = !ip && host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    int p = 0;
    while (p < list.length()) {
      p = ByteText.skipBlanks(list, p);
      int end = ByteText.find(list, p, " \t,");
      String token = list.substring(p, end);
      if (!token.isEmpty() && (ip ? network(host, token) : domain(name, token))) {
        return true;
      }
      p = ByteText.skipBlanks(list, end);
      if (p >= list.length() || list.charAt(p) != ',') {
        return false;
      }
      while (p < list.length() && list.charAt(p) == ',') {
        p++;
      }
    }
    return false;
  }

  private static boolean domain(String name, String pattern) {
    String token = pattern.endsWith(".") ? pattern.substring(0, pattern.length() - 1) : pattern;
    token = token.startsWith(".") ? token.substring(1) : token;
    int offset = name.length() - token.length();
    return offset >= 0
        && name.regionMatches(true, offset, token, 0, token.length())
        && (offset == 0 || name.charAt(offset - 1) == '.');
  }

  private static boolean network(String host, String token) {
    int slash = token.indexOf('/');
    String base = slash < 0 ? token : token.substring(0, slash);
    if (!HttpUrl.isLiteral(base)) {
      return false;
    }
    byte[] a = InetAddress.ofLiteral(host).getAddress();
    byte[] b = InetAddress.ofLiteral(base).getAddress();
    int bits = a.length * 8;
    if (slash >= 0) {
      String digits = token.substring(slash + 1);
      if (!digits.matches("[0-9]{1,3}") || Integer.parseInt(digits) > bits) {
        return false;
      }
      int given = Integer.parseInt(digits);
      bits = given == 0 ? bits : given;
    }
    int rest = a.length * 8 - bits;
    return a.length == b.length
        && new BigInteger(a).shiftRight(rest).equals(new BigInteger(b).shiftRight(rest));
  }
}
