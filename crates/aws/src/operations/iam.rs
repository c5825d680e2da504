//! Operations of IAM within one account: its alias, its password policy, and who there is and may do what.

crate::operations! {
    service: "iam", prefix: "iam";
    read LIST_ACCOUNT_ALIASES = "ListAccountAliases", "iam-read";
    read GET_PASSWORD_POLICY = "GetAccountPasswordPolicy", "iam-read";
    read GET_ACCOUNT_AUTHORIZATION_DETAILS = "GetAccountAuthorizationDetails", "iam-read";
    read GENERATE_CREDENTIAL_REPORT = "GenerateCredentialReport", "iam-read";
    read GET_CREDENTIAL_REPORT = "GetCredentialReport", "iam-read";
    read GET_ACCOUNT_SUMMARY = "GetAccountSummary", "iam-read";
    read GET_POLICY = "GetPolicy", "iam-read";
    read GET_POLICY_VERSION = "GetPolicyVersion", "iam-read";
    read LIST_MFA_DEVICES = "ListMFADevices", "iam-read";
    read LIST_VIRTUAL_MFA_DEVICES = "ListVirtualMFADevices", "iam-read";
    read LIST_ACCESS_KEYS = "ListAccessKeys", "iam-read";
    read GET_ACCESS_KEY_LAST_USED = "GetAccessKeyLastUsed", "iam-read";
    read LIST_SAML_PROVIDERS = "ListSAMLProviders", "iam-read";
    read LIST_ORGANIZATIONS_FEATURES = "ListOrganizationsFeatures", "iam-read";
    write CREATE_ACCOUNT_ALIAS = "CreateAccountAlias", "iam-write";
    write DELETE_ACCOUNT_ALIAS = "DeleteAccountAlias", "iam-write";
    write UPDATE_PASSWORD_POLICY = "UpdateAccountPasswordPolicy", "iam-write";
    write DELETE_PASSWORD_POLICY = "DeleteAccountPasswordPolicy", "iam-write";
}
