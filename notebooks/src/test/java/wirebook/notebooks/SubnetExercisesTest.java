package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the checks of the subnets' exercises say to wrong answers and to right ones. */
@Tag("slow")
class SubnetExercisesTest extends Exercises {
  SubnetExercisesTest() {
    super("02-subnets.ipynb");
  }

  private static final String NEIGHBOUR_HAS = "%ip -n neighbour addr add 192.0.2.20/";
  private static final String NEIGHBOUR_LEAVES =
      "%ip -n neighbour addr del 192.0.2.20/28 dev eth0\n";
  private static final String NEIGHBOUR_DEFAULT =
      "%ip -n neighbour route add default via 192.0.2.1";

  @BeforeAll
  void defineTheChecks() throws Exception {
    run(cell("String team100"));
    run(check("checkPlan"));
  }

  private String plan(String... ranges) {
    return told("checkPlan(\"" + String.join("\", \"", ranges) + "\")");
  }

  @Test
  void threeTeamsShareANetwork() {
    assertThat(plan("", "", "")).contains("Not yet: the team of 100 has no network");
    assertThat(plan("10.0.0.0/25", "", "")).contains("Not yet: the team of 50 has no network");
    assertThat(plan("10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26"))
        .contains("Not yet: 10.0.0.0/26 has room for 62 hosts", "team of 100");
    assertThat(plan("10.0.0.0/25", "10.0.0.64/26", "10.0.0.192/27"))
        .contains("Not yet: 10.0.0.0/25 and 10.0.0.64/26 overlap");
    assertThat(plan("10.0.0.0/25", "10.0.0.128/26", "10.0.1.0/27"))
        .contains("Not yet: 10.0.1.0/27 leaves 10.0.0.0/24");
    assertThat(plan("10.0.0.0/25", "10.0.0.150/26", "10.0.0.192/27"))
        .contains("Not yet: no network begins at 10.0.0.150/26", "inside 10.0.0.128/26");
    assertThat(plan("10.0.0.0", "", "")).contains("Not yet: 10.0.0.0 has no /");
    assertThat(plan("10.0.0.0/100", "", "")).contains("Not yet: 10.0.0.0/100: ");
    assertThat(plan("::/120", "", "")).contains("Not yet: ::/120 leaves");
    assertThat(plan("10.0.0.0/25", "10.0.0.128/26", "10.0.0.192/27")).contains("Right");
    assertThat(plan("10.0.0.0/25", "10.0.0.128/26", "10.0.0.192/255.255.255.224"))
        .contains("Right");
    assertThat(plan("10.0.0.128/25", "10.0.0.64/26", "10.0.0.0/26")).contains("Right");
  }

  private String winners(String... answers) throws Exception {
    String empty = cell("var winners");
    String filled = empty;
    for (String answer : answers) {
      filled = filled.replaceFirst(", \"\"", ", \"" + answer + "\"");
    }
    run(filled);
    return run(check("checkWinners"));
  }

  @Test
  void theLongestPrefixThatFitsWins() throws Exception {
    assertThat(winners()).contains("Run the start cell first");
    run(cell("%ip route replace 10.0.0.0/8"));
    try {
      assertThat(winners()).contains("Not yet: 10.1.2.100 has no answer");
      assertThat(winners("10.1.2.128/25"))
          .contains("Not yet: 10.1.2.100 is not in 10.1.2.128/25. Compare the first 25 bits");
      assertThat(winners("10.0.0.0/8"))
          .contains("Nearly: 10.1.2.100 is in 10.0.0.0/8, but a longer prefix");
      assertThat(winners("10.1.2.0/24", "10.1.2.0/24"))
          .contains("Not yet: 10.1.20.1 is not in 10.1.2.0/24");
      assertThat(winners("192.0.2.103")).contains("Not yet: there is no route to 192.0.2.103");
      assertThat(winners("the third")).contains("Not yet: the third is no route");
      assertThat(winners("default via 192.0.2.1"))
          .contains("is more than the first column. Write that alone: default");
      assertThat(winners("10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8"))
          .contains("Not yet: 11.1.2.200 is not in 10.0.0.0/8");
      assertThat(winners("10.1.2.0/24", "10.1.0.0/16", "default", "default"))
          .contains("Nearly: 10.2.1.2 is in default");
      assertThat(winners("10.1.2.0/24", "10.1.0.0/16", "10.0.0.0/8", "default"))
          .contains("Right, all four");
    } finally {
      run(cell("%ip route del 10.0.0.0/8"));
    }
  }

  @Test
  void theNeighbourAnswersAndHasItsWayOut() throws Exception {
    String check = check("checkNeighbour");
    run(cell("%ip -n neighbour addr del 192.0.2.20/24"));
    assertThat(run(check)).contains("Not yet: the neighbour has /28");
    assertThat(run(NEIGHBOUR_DEFAULT + "\n" + check))
        .contains("Nexthop has invalid gateway", "Not yet: the neighbour has /28");
    assertThat(run(NEIGHBOUR_HAS + "24 dev eth0\n" + check)).contains("Nearly", "twice");
    run(NEIGHBOUR_LEAVES + "%ip -n neighbour addr del 192.0.2.20/24 dev eth0");
    assertThat(run(check)).contains("Not yet: the neighbour has no address 192.0.2.20 now");
    assertThat(run(NEIGHBOUR_HAS + "25 dev eth0\n" + check)).contains("Not yet: the mask");
    run("%ip -n neighbour addr del 192.0.2.20/25 dev eth0");
    assertThat(run(NEIGHBOUR_HAS + "24 dev eth0\n" + check))
        .contains("Nearly: it answers you, but it reaches nobody outside");
    assertThat(run(NEIGHBOUR_DEFAULT + "\n" + check)).contains("Right");
  }

  @Test
  void thePacketLeavesTheCircle() throws Exception {
    String check = check("checkLoop");
    String wrong = "%ip -n isp-edge route del 140.82.121.0/24\n";
    run(cell("%ip -n isp-edge route replace 140.82.121.0/24 via 192.0.2.1"));
    assertThat(run(check)).contains("Not yet: the packet comes to 192.0.2.1 a second time");
    assertThat(run("%ip route add 140.82.121.3 via 192.0.2.1\n" + check))
        .contains("Not yet: the packet comes to 192.0.2.1 a second time");
    run("%ip route del 140.82.121.3");
    assertThat(run("%ip -n gateway route del default\n" + check))
        .contains("Not yet: now 8.8.8.8 is not reached either");
    run("%ip -n gateway route add default via 198.51.100.1 dev eth0 onlink");
    assertThat(run("%ip -n gateway route add blackhole 140.82.121.0/24\n" + check))
        .contains("Not yet: no circle any more");
    run("%ip -n gateway route del blackhole 140.82.121.0/24");
    assertThat(run(wrong + check)).contains("Right: the packet takes 3 routers");
  }
}
