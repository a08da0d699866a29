// Prints what one release of Elasticsearch knows of its settings.
// in: the jar of x-pack-core as argument; it and the release's other jars on the class path, -Des.path.home=FOLDER
// out: a line a setting, columns by tab: name, scope (node, index), change, kind, choices, default, least, most,
//      "removed" or "-", published or declared; "-" is none, NAME a part that users choose
// promises: the settings are those that a node registers with the modules that are published, and those that
//      x-pack-core declares for modules that are not. Kinds, choices and bounds are what each setting's own parser,
//      which runs here, takes and refuses. What follows from memory or processors differs with the options of Java.
import java.io.File;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.SecureSetting;
import org.elasticsearch.common.settings.SecureString;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.unit.RelativeByteSizeValue;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.ThreadPool;

class Elasticsearch {
    static final Settings NODE =
        Settings.builder().put("path.home", System.getProperty("es.path.home")).put("node.name", "facts").build();
    static final List<String> PLUGINS = List.of(
        "org.elasticsearch.xpack.core.XPackPlugin",
        "org.elasticsearch.xpack.security.Security",
        "org.elasticsearch.transport.netty4.Netty4Plugin",
        "org.elasticsearch.telemetry.apm.APM");

    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging();
        var all = new TreeMap<String, Setting<?>>();
        ClusterSettings.BUILT_IN_CLUSTER_SETTINGS.forEach(one -> all.put(one.getKey(), one));
        IndexScopedSettings.BUILT_IN_INDEX_SETTINGS.forEach(one -> all.put(one.getKey(), one));
        for (String name : PLUGINS) {
            var make = Class.forName(name).getConstructors()[0];
            var plugin = (Plugin) (make.getParameterCount() == 0 ? make.newInstance() : make.newInstance(NODE));
            plugin.getSettings().forEach(one -> all.put(one.getKey(), one));
        }
        for (ExecutorBuilder<?> builder : threadPools()) {
            builder.getRegisteredSettings().forEach(one -> all.put(one.getKey(), one));
        }
        var others = declared(arguments[0]);
        others.keySet().removeAll(all.keySet());
        all.values().forEach(one -> line(one, "published"));
        others.values().forEach(one -> line(one, "declared"));
        System.exit(0);
    }

    /** The pools of threads that a node has; how they are made differs by release. */
    @SuppressWarnings("rawtypes")
    static Collection<ExecutorBuilder> threadPools() throws Exception {
        for (var make : ThreadPool.class.getConstructors()) {
            var values = new ArrayList<Object>();
            for (Class<?> type : make.getParameterTypes()) {
                if (type == Settings.class) values.add(NODE);
                else if (type.isArray()) values.add(java.lang.reflect.Array.newInstance(type.getComponentType(), 0));
                else if (type.getSimpleName().equals("MeterRegistry")) values.add(type.getField("NOOP").get(null));
                else if (type.getSimpleName().equals("BuiltInExecutorBuilders"))
                    values.add(Class.forName("org.elasticsearch.threadpool.DefaultBuiltInExecutorBuilders")
                        .getConstructor().newInstance());
                else throw new IllegalStateException("a pool of threads wants " + type);
            }
            return ((ThreadPool) make.newInstance(values.toArray())).builders();
        }
        throw new IllegalStateException("no pool of threads can be made");
    }

    /** What x-pack-core declares for modules that are published nowhere: a default distribution has them. */
    static final List<String> UNPUBLISHED = List.of("async_search.", "index.lifecycle.", "indices.lifecycle.", "slm.", "xpack.ccr.",
        "xpack.ml.", "xpack.monitoring.", "xpack.watcher.");

    static Map<String, Setting<?>> declared(String jar) throws Exception {
        var found = new TreeMap<String, Setting<?>>();
        try (var file = new JarFile(new File(jar))) {
            for (var entry : (Iterable<java.util.jar.JarEntry>) file.stream()::iterator) {
                String name = entry.getName();
                if (!name.startsWith("org/elasticsearch/") || !name.endsWith(".class")) continue;
                try {
                    Class<?> type = Class.forName(name.replace('/', '.').replaceFirst("[.]class$", ""));
                    for (var field : type.getDeclaredFields()) {
                        if (!Modifier.isStatic(field.getModifiers()) || !Setting.class.isAssignableFrom(field.getType())) continue;
                        field.setAccessible(true);
                        var setting = (Setting<?>) field.get(null);
                        if (setting != null && UNPUBLISHED.stream().anyMatch(setting.getKey()::startsWith)) found.put(setting.getKey(), setting);
                    }
                } catch (Throwable needsWhatIsNotThere) {
                    // A class that can't be loaded alone declares no settings that could be used.
                }
            }
        }
        return found;
    }

    static void line(Setting<?> setting, String from) {
        String name = setting.getKey().replace("*", "NAME");
        if (name.endsWith(".")) name += "NAME";
        Setting<?> one = setting;
        if (setting instanceof Setting.AffixSetting<?> affix) {
            try {
                one = affix.getConcreteSettingForNamespace("one");
            } catch (RuntimeException hasTwoNames) {
                one = affix.getConcreteSetting(setting.getKey().replace("*", "one") + (setting.getKey().endsWith(".") ? "one" : ""));
            }
        }
        String change = setting.isInternalIndex() || setting.isPrivateIndex() ? "fixed" : setting.isDynamic() ? "reload" : "restart";
        var kind = kind(one);
        System.out.println(String.join("\t", name, setting.hasIndexScope() ? "index" : "node", change, kind.name, kind.choices,
            kind.name.equals("secret") || kind.name.equals("group") ? "-" : byDefault(one), kind.least, kind.most,
            setting.getProperties().toString().contains("RemovedInV8") ? "removed" : "-", from));
    }

    record Kind(String name, String choices, String least, String most) {
        Kind(String name) {
            this(name, "-", "-", "-");
        }
    }

    static Kind kind(Setting<?> one) {
        if (one instanceof SecureSetting) return new Kind("secret");
        if (one.getKey().endsWith(".")) return new Kind("group");
        Object value = null;
        try {
            value = one.getDefault(Settings.EMPTY);
        } catch (RuntimeException wantsAValue) {
            // Found out below.
        }
        for (String probe : List.of("true", "1", "1s", "1mb", "a")) {
            if (value == null) value = parsed(one, probe).value;
        }
        if (value == null) return new Kind("string");
        if (value instanceof SecureString) return new Kind("secret");
        if (value instanceof Boolean) return new Kind("bool");
        if (value instanceof Collection) return new Kind("list");
        if (value instanceof Integer) return bounded("int", one, "-2147483648", "2147483647");
        if (value instanceof Long) return bounded("int", one, "-9223372036854775808", "9223372036854775807");
        if (value instanceof Float) return bounded("number", one, "-1e30", "1e30");
        if (value instanceof Double) return bounded("number", one, "-1e300", "1e300");
        if (value instanceof TimeValue) return bounded("duration", one, parsed(one, "-1").value == null ? "0ms" : "-1", "36500d");
        if (value instanceof ByteSizeValue || value instanceof RelativeByteSizeValue) return sized(one);
        return choices(one, value.getClass());
    }

    static Kind sized(Setting<?> one) {
        var kind = bounded("size", one, parsed(one, "-1").value == null ? "0b" : "-1", "8000pb");
        // Some must be above others.
        boolean share = parsed(one, "10%").value != null || parsed(one, "93%").value != null || parsed(one, "99%").value != null;
        return share ? new Kind("size or percent", "-", kind.least, kind.most) : kind;
    }

    static Kind choices(Setting<?> one, Class<?> type) {
        Class<?> parent = type.isEnum() ? type : type.getSuperclass();
        if (parent == null || !parent.isEnum()) return new Kind("string");
        var words = Arrays.stream(parent.getEnumConstants())
            .flatMap(constant -> java.util.stream.Stream.of(constant.toString().toLowerCase(Locale.ROOT), constant.toString(), ((Enum<?>) constant).name())
                .filter(word -> constant.equals(parsed(one, word).value)).limit(1))
            .distinct().collect(Collectors.joining(","));
        return words.isEmpty() ? new Kind("string") : new Kind("choice", words, "-", "-");
    }

    static final Pattern LEAST = Pattern.compile("(?:>=|must be at least|greater than or equal to|larger or equal to) \\[?(-?[0-9.]+[a-z]*)\\]?");
    static final Pattern MOST = Pattern.compile("(?:<=|must be at most|less than or equal to) \\[?(-?[0-9.]+[a-z]*)\\]?");

    /** A kind with the bounds that the setting's parser names when it refuses what is below and above. */
    static Kind bounded(String kind, Setting<?> one, String low, String high) {
        String least = "-", most = "-";
        var below = parsed(one, low);
        if (below.value == null) {
            var named = LEAST.matcher(below.why);
            if (named.find()) least = named.group(1);
        } else if (kind.equals("duration") || kind.equals("size")) {
            least = low;
        }
        var above = parsed(one, high);
        if (above.value == null) {
            var named = MOST.matcher(above.why);
            if (named.find()) most = named.group(1);
        }
        return new Kind(kind, "-", least, most);
    }

    record Parsed(Object value, String why) {}

    static Parsed parsed(Setting<?> one, String text) {
        try {
            return new Parsed(one.get(Settings.builder().put(one.getKey(), text).build()), "");
        } catch (RuntimeException refused) {
            String why = refused.getMessage() + (refused.getCause() == null ? "" : " " + refused.getCause().getMessage());
            return new Parsed(null, why);
        }
    }

    static String byDefault(Setting<?> one) {
        try {
            String text = one.getDefaultRaw(Settings.EMPTY);
            return text == null ? "-" : text.replaceAll("\\s+", " ").trim();
        } catch (RuntimeException followsFromOthers) {
            return "-";
        }
    }
}
