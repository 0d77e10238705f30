package wirebook.engine.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Dates in headers and on the command line: written as RFC 9110 section 5.6.7 says, read as
 * leniently as curl reads them.
 */
public final class HttpDate {
  private static final List<String> DAYS = List.of("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun");
  private static final List<String> LONG_DAYS =
      List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

  /** Minutes to add to get to UTC. */
  private static final Map<String, Integer> ZONES = zones();

  private HttpDate() {}

  private static Map<String, Integer> zones() {
    Map<String, Integer> zones = new HashMap<>();
    String table =
        "ADT 180,AHST 600,AST 240,BST -60,CAT 600,CCT -480,CDT 300,CEST -120,CET -60,CST 360,"
            + "EADT -660,EAST -600,EDT 240,EET -120,EST 300,FST -120,FWT -60,GMT 0,GST -600,HDT 540,"
            + "HST 600,IDLE -720,IDLW 720,JST -540,MDT 360,MEST -120,MESZ -120,MET -60,MEWT -60,"
            + "MST 420,NT 660,NZDT -780,NZST -720,NZT -720,PDT 420,PST 480,UT 0,UTC 0,WADT -480,"
            + "WAST -420,WAT 60,WET 0,YDT 480,YST 540,Z 0";
    for (String entry : table.split(",")) {
      String[] words = entry.split(" ");
      zones.put(words[0], Integer.valueOf(words[1]));
    }
    for (int i = 0; i < 12; i++) {
      zones.put(String.valueOf("ABCDEFGHIKLM".charAt(i)), -(i + 1) * 60);
      zones.put(String.valueOf("NOPQRSTUVWXY".charAt(i)), (i + 1) * 60);
    }
    return Map.copyOf(zones);
  }

  /** {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
  public static String format(long epochSecond) {
    ZonedDateTime t = Instant.ofEpochSecond(epochSecond).atZone(ZoneOffset.UTC);
    return String.format(
        Locale.ROOT,
        "%s, %02d %s %4d %02d:%02d:%02d GMT",
        DAYS.get(t.getDayOfWeek().getValue() - 1),
        t.getDayOfMonth(),
        MONTHS.get(t.getMonthValue() - 1),
        t.getYear(),
        t.getHour(),
        t.getMinute(),
        t.getSecond());
  }

  /** Seconds since the epoch, or empty when no date can be read. */
  public static OptionalLong parse(String text) {
    try {
      return new Reader(text).read();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static final class Reader {
    private final String s;
    private int pos;
    private int day = -1;
    private int month = -1;
    private int dayOfMonth = -1;
    private int hour = -1;
    private int minute = -1;
    private int second = -1;
    private int year = -1;
    private int zone = -1;
    private boolean yearNext;

    Reader(String text) {
      s = text;
    }

    OptionalLong read() {
      for (int part = 0; pos < s.length() && part < 6; part++) {
        while (pos < s.length() && !ByteText.isAlnum(s.charAt(pos))) {
          pos++;
        }
        if (pos < s.length()) {
          boolean fine = ByteText.isAlpha(s.charAt(pos)) ? word() : number();
          if (!fine) {
            return OptionalLong.empty();
          }
        }
      }
      if (second == -1) {
        second = minute = hour = 0;
      }
      if (dayOfMonth == -1
          || month == -1
          || year < 1583
          || dayOfMonth > 31
          || month > 11
          || hour > 23
          || minute > 59
          || second > 60) {
        return OptionalLong.empty();
      }
      int y = year - (month <= 1 ? 1 : 0);
      int leapDays = y / 4 - y / 100 + y / 400 - 477;
      int[] before = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
      long days = (year - 1970) * 365L + leapDays + before[month] + dayOfMonth - 1;
      long seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
      return OptionalLong.of(seconds + (zone == -1 ? 0 : zone));
    }

    private boolean word() {
      int end = pos;
      while (end < s.length() && ByteText.isAlpha(s.charAt(end)) && end - pos < 12) {
        end++;
      }
      String word = s.substring(pos, end);
      pos = end;
      if (word.length() == 12) {
        return false;
      }
      if (day == -1) {
        day = index(word.length() > 3 ? LONG_DAYS : DAYS, word);
        if (day >= 0) {
          return true;
        }
      }
      if (month == -1) {
        month = index(MONTHS, word);
        if (month >= 0) {
          return true;
        }
      }
      Integer offset = zone == -1 ? ZONES.get(word) : null;
      if (offset != null) {
        zone = offset * 60;
        return true;
      }
      return false;
    }

    private static int index(List<String> names, String word) {
      for (int i = 0; i < names.size(); i++) {
        if (names.get(i).equalsIgnoreCase(word)) {
          return i;
        }
      }
      return -1;
    }

    private boolean number() {
      if (second == -1 && time()) {
        return true;
      }
      int start = pos;
      int end = pos;
      while (end < s.length() && ByteText.isDigit(s.charAt(end))) {
        end++;
      }
      int digits = end - start;
      long value = digits > 9 ? Long.MAX_VALUE : Long.parseLong(s.substring(start, end));
      if (value > 99_999_999) {
        return false;
      }
      int val = (int) value;
      pos = end;
      boolean found = false;
      char sign = start > 0 ? s.charAt(start - 1) : ' ';
      if (zone == -1 && digits == 4 && val <= 1400 && (sign == '+' || sign == '-')) {
        found = true;
        zone = (val / 100 * 60 + val % 100) * 60;
        zone = sign == '+' ? -zone : zone;
      } else if (digits == 8 && year == -1 && month == -1 && dayOfMonth == -1) {
        found = true;
        year = val / 10_000;
        month = val % 10_000 / 100 - 1;
        dayOfMonth = val % 100;
      }
      if (!found && !yearNext && dayOfMonth == -1) {
        if (val > 0 && val < 32) {
          dayOfMonth = val;
          found = true;
        }
        yearNext = true;
      }
      if (!found && yearNext && year == -1) {
        year = val < 100 ? val + (val > 70 ? 1900 : 2000) : val;
        found = true;
        if (dayOfMonth == -1) {
          yearNext = false;
        }
      }
      return found;
    }

    private boolean time() {
      int[] at = {pos};
      int hh = oneOrTwo(at);
      if (hh < 24 && colonDigit(at[0])) {
        at[0]++;
        int mm = oneOrTwo(at);
        if (mm < 60) {
          int ss = 0;
          if (colonDigit(at[0])) {
            at[0]++;
            ss = oneOrTwo(at);
            if (ss > 60) {
              return false;
            }
          }
          hour = hh;
          minute = mm;
          second = ss;
          pos = at[0];
          return true;
        }
      }
      return false;
    }

    private boolean colonDigit(int i) {
      return i + 1 < s.length() && s.charAt(i) == ':' && ByteText.isDigit(s.charAt(i + 1));
    }

    private int oneOrTwo(int[] at) {
      int value = s.charAt(at[0]++) - '0';
      if (at[0] < s.length() && ByteText.isDigit(s.charAt(at[0]))) {
        value = value * 10 + s.charAt(at[0]++) - '0';
      }
      return value;
    }
  }

  /**
   * What {@code Retry-After} says (RFC 9110, section 10.2.3): a date, or seconds.
   *
   * @param now in seconds since 1970
   * @return 0 when it is over, or neither
   */
  public static long secondsUntil(String value, long now) {
    OptionalLong date = parse(value);
    if (date.isPresent()) {
      return Math.max(0, date.getAsLong() - now);
    }
    int end = 0;
    while (end < value.length() && end < 10 && ByteText.isDigit(value.charAt(end))) {
      end++;
    }
    return end == 0 ? 0 : Long.parseLong(value.substring(0, end));
  }
}
