package wirebook.engine.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.engine.dns.DnsMessage.Parsed;
import wirebook.trace.Bytes;

@Tag("slow")
class MessageParserTest {
  private static final String HEADER = "1234 8180 0001 0001 0000 0000";
  private static final String QUESTION = "01 61 00 0001 0001";

  private static Bytes bytes(String... hex) {
    return Bytes.of(HexFormat.of().parseHex(String.join("", hex).replace(" ", "")));
  }

  @Test
  void aPointerThatLeadsToItselfIsMalformed() {
    Bytes wire = bytes(HEADER, QUESTION, "c013 0001 0001 00000000 0004 7f000001");
    assertThat(DnsMessage.parse(wire))
        .isEqualTo(new Parsed.Malformed("bad compression pointer", 0x13));
  }

  @Test
  void aPointerForwardIsMalformed() {
    Bytes wire = bytes(HEADER, QUESTION, "c0ff 0001 0001 00000000 0004 7f000001");
    assertThat(DnsMessage.parse(wire)).isInstanceOf(Parsed.Malformed.class);
  }

  @Test
  void aMessageCutShortIsReadAsFarAsItGoes() {
    Bytes wire = bytes(HEADER, QUESTION, "c00c 0001 0001 00000000 0004 7f00");
    Parsed.Read read = (Parsed.Read) DnsMessage.parse(wire);
    assertThat(read.problem()).isPresent();
    assertThat(read.message().questions()).hasSize(1);
    assertThat(read.message().answers()).isEmpty();
    assertThat(read.trailing()).isEqualTo(2);
    assertThat(DnsMessage.parse(wire, false))
        .isEqualTo(new Parsed.Malformed("unexpected end of input", wire.length() - 2));
  }

  @Test
  void bytesBehindTheMessageAreCounted() {
    Bytes wire = bytes(HEADER, QUESTION, "c00c 0001 0001 0000003c 0004 7f000001", "00 01 02");
    Parsed.Read read = (Parsed.Read) DnsMessage.parse(wire);
    assertThat(read.trailing()).isEqualTo(3);
    assertThat(read.message().answers()).hasToString("[a. 60 IN A 127.0.0.1]");
  }

  @Test
  void anAddressOfThreeBytesWithinItsRecordIsNotOne() {
    Bytes wire =
        bytes(HEADER, QUESTION, "c00c 001c 0001 0000003c 0011 000102030405060708090a0b0c0d0e0f 00");
    assertThat(DnsMessage.parse(wire))
        .isInstanceOfSatisfying(
            Parsed.Malformed.class, m -> assertThat(m.reason()).isEqualTo("extra input data"));
  }

  @Test
  void noBytesWhateverMakeTheParserOrThePrinterThrow() {
    Random random = new Random(1035);
    List<Bytes> seeds = new ArrayList<>();
    seeds.add(
        DnsQuery.of(
                1,
                0x0100,
                Optional.of(
                    new DnsQuestion(DnsName.of("www.example"), RecordType.A, RecordClass.IN)),
                Optional.empty(),
                Optional.of(
                    new DnsMessage.Edns(
                        1232, 0, 0, 0x8000, List.of(new EdnsOption(10, Bytes.utf8("12345678"))))),
                0,
                0)
            .wire());
    seeds.add(bytes(HEADER, QUESTION, "c00c 0001 0001 0000003c 0004 7f000001"));
    for (int round = 0; round < 40_000; round++) {
      byte[] wire = mutate(seeds.get(round % seeds.size()).toArray(), random);
      boolean strict = round % 3 == 0;
      if (DnsMessage.parse(Bytes.of(wire), !strict) instanceof Parsed.Read read) {
        assertThat(read.message().toString()).startsWith(";; ->>HEADER<<-");
        read.message().answers().forEach(DnsRecord::data);
      }
    }
  }

  /** Any type with any data, so that each type's reader and printer meets what breaks it. */
  @Test
  void noDataOfAnyTypeMakesTheParserOrThePrinterThrow() {
    Random random = new Random(3597);
    List<RecordType> types = new ArrayList<>();
    RecordType.names().forEach(name -> types.add(RecordType.parse(name).orElseThrow()));
    for (int round = 0; round < 60_000; round++) {
      RecordType type = types.get(round % types.size());
      byte[] rdata = new byte[random.nextInt(48)];
      random.nextBytes(rdata);
      for (int i = 0; i < rdata.length; i++) {
        if (random.nextInt(3) == 0) {
          rdata[i] = (byte) random.nextInt(5);
        }
      }
      Bytes wire =
          new WireWriter()
              .bytes(bytes(HEADER, QUESTION, "c00c"))
              .u16(type.code())
              .u16(1)
              .u32(60)
              .u16(rdata.length)
              .bytes(Bytes.of(rdata))
              .written();
      if (DnsMessage.parse(wire) instanceof Parsed.Read read) {
        for (DnsRecord record : read.message().answers()) {
          assertThat(record.toString()).matches("[ -~]*");
          RdataStyle lines = new RdataStyle(true, true, false, false, true, false, 48, "\n\t");
          assertThat(record.text(lines, UnaryOperator.identity())).isNotNull();
        }
      }
    }
  }

  private static byte[] mutate(byte[] wire, Random random) {
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      wire[random.nextInt(wire.length)] = (byte) random.nextInt(256);
    }
    int length = random.nextInt(4) == 0 ? random.nextInt(wire.length) : wire.length;
    return java.util.Arrays.copyOf(wire, length + random.nextInt(3));
  }
}
