// Judges files for Elasticsearch by its own classes.
// in: files as arguments; a release's jars on the class path. NAME.yml is an elasticsearch.yml; NAME.json is what
//     `apply` would ask, of which policies of lifecycles and of snapshots are judged
// out: a line a file or policy: `ok NAME`, or `refused NAME: MESSAGE`; exit 1 when one was refused
// promises: nothing is started, nothing is written. Settings of modules that are published nowhere are not known here.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsModule;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.elasticsearch.xpack.core.ilm.DeleteAction;
import org.elasticsearch.xpack.core.ilm.ForceMergeAction;
import org.elasticsearch.xpack.core.ilm.LifecycleAction;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.LifecycleType;
import org.elasticsearch.xpack.core.ilm.RolloverAction;
import org.elasticsearch.xpack.core.ilm.SetPriorityAction;
import org.elasticsearch.xpack.core.ilm.TimeseriesLifecycleType;
import org.elasticsearch.xpack.core.slm.SnapshotLifecyclePolicy;

class Config {
    // The module for lifecycles, which would name these, is published nowhere.
    static final XContentParserConfiguration LIFECYCLES = XContentParserConfiguration.EMPTY.withRegistry(new NamedXContentRegistry(List.of(
        new NamedXContentRegistry.Entry(LifecycleType.class, new ParseField(TimeseriesLifecycleType.TYPE), parser -> TimeseriesLifecycleType.INSTANCE),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(RolloverAction.NAME), RolloverAction::parse),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(ForceMergeAction.NAME), ForceMergeAction::parse),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(SetPriorityAction.NAME), SetPriorityAction::parse),
        new NamedXContentRegistry.Entry(LifecycleAction.class, new ParseField(DeleteAction.NAME), DeleteAction::parse))));
    static boolean refused;

    public static void main(String[] files) throws Exception {
        LogConfigurator.configureESLogging();
        for (String name : files) {
            Path file = Path.of(name);
            if (name.endsWith(".yml")) judge(name, () -> settings(file));
            else policies(file);
        }
        System.exit(refused ? 1 : 0);
    }

    interface Judged {
        void run() throws Exception;
    }

    static void judge(String name, Judged what) {
        try {
            what.run();
            System.out.println("ok " + name);
        } catch (Exception | Error told) {
            var why = new ArrayList<String>();
            for (Throwable one = told; one != null; one = one.getCause()) {
                why.add(String.valueOf(one.getMessage()).replaceAll("\\s+", " "));
                for (Throwable other : one.getSuppressed()) why.add(String.valueOf(other.getMessage()));
            }
            System.out.println("refused " + name + ": " + String.join(" <- ", why));
            refused = true;
        }
    }

    static void settings(Path file) throws Exception {
        // As a node reads it: `${NAME:value}` is put in place.
        var settings = Settings.builder().loadFromPath(file).replacePropertyPlaceholders().put("path.home", "/").build();
        var known = new ArrayList<Setting<?>>();
        for (String name : List.of("core.XPackPlugin", "security.Security")) {
            var make = Class.forName("org.elasticsearch.xpack." + name).getConstructors()[0];
            known.addAll(((Plugin) make.newInstance(settings)).getSettings());
        }
        known.addAll(((Plugin) Class.forName("org.elasticsearch.transport.netty4.Netty4Plugin").getConstructor().newInstance()).getSettings());
        new SettingsModule(settings, known, List.of());
    }

    @SuppressWarnings("unchecked")
    static void policies(Path file) throws Exception {
        var all = XContentHelper.convertToMap(JsonXContent.jsonXContent, "{\"all\":" + Files.readString(file) + "}", true);
        for (Object one : (List<Object>) all.get("all")) {
            var request = (Map<String, Object>) one;
            String path = String.valueOf(request.get("path"));
            if (path.startsWith("/_slm/policy/")) judge(path, () -> {
                try (XContentBuilder body = JsonXContent.contentBuilder().map((Map<String, Object>) request.get("body"));
                     var parser = XContentType.JSON.xContent().createParser(LIFECYCLES, org.elasticsearch.common.Strings.toString(body))) {
                    var why = SnapshotLifecyclePolicy.parse(parser, path.substring(path.lastIndexOf('/') + 1)).validate();
                    if (why != null) throw why;
                }
            });
            if (!path.startsWith("/_ilm/policy/")) continue;
            judge(path, () -> {
                try (XContentBuilder body = JsonXContent.contentBuilder().map((Map<String, Object>) ((Map<String, Object>) request.get("body")).get("policy"));
                     var parser = XContentType.JSON.xContent().createParser(LIFECYCLES, org.elasticsearch.common.Strings.toString(body))) {
                    LifecyclePolicy.parse(parser, path).validate();
                }
            });
        }
    }
}
